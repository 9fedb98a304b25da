using GrokForge.Contracts.Events;
using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using Outcome = GrokForge.Contracts.Tokens.ImportTokenResult.Types.Outcome;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What may happen between the database and the ledger: callers go, the ledger fails, others settle and delete.</summary>
public sealed class TokenEditRaceTests : IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();
    private ShakyLedger _ledger = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_edit_whose_caller_left_after_the_row_was_written_is_in_force()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        using var caller = new CancellationTokenSource();
        _ledger.BeforePut = caller.CancelAsync;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "disabled" }, caller.Token));

        Assert.Equal(TokenState.Disabled, (await _ledger.ReadOneAsync(id, Cancellation)).State);
    }

    [Fact]
    public async Task An_import_whose_caller_left_after_the_rows_were_written_is_in_force()
    {
        await using var pool = await StartAsync();
        using var caller = new CancellationTokenSource();
        _ledger.BeforePut = caller.CancelAsync;

        await pool.Admin.ImportAsync(Lines(PoolUnderTest.NewSecret()), caller.Token).ToListAsync(Cancellation);

        await pool.GrantAsync();
    }

    [Fact]
    public async Task An_edit_that_the_ledger_missed_is_put_right_by_itself()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        _ledger.BeforePut = () => throw new RedisException("gone");

        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "disabled" }, Cancellation);

        Assert.Equal("disabled", (await pool.GetAsync(id)).Status);
        await pool.UntilAsync(async () => (await _ledger.ReadOneAsync(id, Cancellation)).State == TokenState.Disabled);
    }

    [Fact]
    public async Task A_duplicate_that_the_ledger_lacks_is_lent_from_then_on()
    {
        await using var pool = await StartAsync();
        var secret = PoolUnderTest.NewSecret();
        var id = (await pool.Admin.ImportAsync(Lines(secret), Cancellation).SingleAsync(Cancellation)).TokenId;
        await _ledger.RemoveAsync([id], Cancellation);

        Assert.Equal(Outcome.Duplicate, (await pool.Admin.ImportAsync(Lines(secret), Cancellation).SingleAsync(Cancellation)).Outcome);

        Assert.Equal(id, (await pool.GrantAsync()).TokenId);
    }

    [Fact]
    public async Task A_token_that_expires_during_an_edit_of_its_remark_stays_expired()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var grant = await pool.GrantAsync();
        _ledger.BeforePut = () => pool.SettleAsync(grant, LeaseOutcome.TokenInvalid, detail: "401");

        var view = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Remark = "mine" }, Cancellation);
        await pool.FlushAsync();

        Assert.Equal(("expired", "401", "mine"), (view.Status, view.StatusReason, view.Remark));
        var row = await pool.RowAsync(id);
        Assert.Equal((TokenState.Expired, "401"), (row.Status, row.StatusReason));
    }

    [Fact]
    public async Task What_the_ledger_knew_before_an_edit_reaches_the_database()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenInvalid, detail: "401");

        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Remark = "mine" }, Cancellation);
        await pool.FlushAsync();

        Assert.Equal(TokenState.Expired, (await pool.RowAsync(id)).Status);
    }

    [Fact]
    public async Task A_token_that_is_deleted_during_an_edit_does_not_come_back()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        _ledger.BeforePut = () => pool.Admin.DeleteAsync(new TokenRef { Id = id }, Cancellation);

        await Assert.ThrowsAnyAsync<Exception>(() => pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Remark = "mine" }, Cancellation));

        Assert.Empty(await _ledger.IdsAsync(Cancellation));
    }

    [Fact]
    public async Task A_token_that_is_deleted_while_the_ledger_is_reconciled_does_not_come_back()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await _ledger.RemoveAsync([id], Cancellation);
        _ledger.BeforePut = () => pool.Admin.DeleteAsync(new TokenRef { Id = id }, Cancellation);

        await pool.Get<LedgerReconciler>().ReconcileAsync(Cancellation);

        Assert.Empty(await _ledger.IdsAsync(Cancellation));
    }

    [Fact]
    public async Task A_token_that_is_deleted_while_the_ledger_is_loaded_does_not_come_back()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var empty = new ShakyLedger(new MemoryLedger(pool.Time));
        empty.BeforeLoad = async () =>
        {
            await pool.Admin.DeleteAsync(new TokenRef { Id = id }, Cancellation);
            await empty.RemoveAsync([id], Cancellation);
        };

        Assert.True(await Loader(pool, empty).EnsureLoadedAsync(Cancellation));

        Assert.Empty(await empty.IdsAsync(Cancellation));
    }

    [Fact]
    public async Task A_row_that_a_dying_process_deleted_alone_is_taken_out_of_the_ledger()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();
        await using (var store = await pool.StoreAsync())
            await store.Tokens.ExecuteDeleteAsync(Cancellation);

        await pool.Get<LedgerReconciler>().ReconcileAsync(Cancellation);

        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync()).None.Reason);
        Assert.Empty(await _ledger.IdsAsync(Cancellation));
    }

    [Fact]
    public async Task A_load_that_failed_can_be_tried_again_at_once()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();
        var empty = new ShakyLedger(new MemoryLedger(pool.Time)) { BeforeLoad = () => throw new RedisException("slow") };
        var loader = Loader(pool, empty);

        await Assert.ThrowsAsync<RedisException>(() => loader.EnsureLoadedAsync(Cancellation));

        Assert.True(await loader.EnsureLoadedAsync(Cancellation));
    }

    [Fact]
    public async Task Changes_that_wait_to_be_announced_are_announced_at_the_end()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        await pool.StopAsync();

        Assert.Contains(id, pool.Events.Of<TokenStateChanged>().SelectMany(e => e.TokenIds));
    }

    [Fact]
    public async Task A_pool_hears_of_tokens_that_others_changed()
    {
        await using var pool = await StartAsync();
        await using var scope = pool.Get<IServiceScopeFactory>().CreateAsyncScope();

        Assert.NotNull(scope.ServiceProvider.GetService<TokenChangeConsumer>());
    }

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();

    private Task<PoolUnderTest> StartAsync() => PoolUnderTest.StartAsync(_backEnd, ledger: plain => _ledger = new ShakyLedger(plain));

    private static LedgerLoader Loader(PoolUnderTest pool, ILedger ledger)
    {
        var ghosts = new LedgerGhosts(ledger, pool.Get<LedgerSource>(), pool.Get<TokenSecrets>());
        var filling = new LedgerFilling(ledger, pool.Get<LedgerSource>(), ghosts, pool.Get<LedgerHome>());
        return new LedgerLoader(ledger, filling, pool.Get<RecentLeaseWriter>(), pool.Get<LedgerHome>(), NullLogger<LedgerLoader>.Instance);
    }

    private static IAsyncEnumerable<ImportTokenLine> Lines(string secret) => new[] { new ImportTokenLine { Text = secret, Pool = "basic" } }.ToAsyncEnumerable();
}
