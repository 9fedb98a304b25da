using GrokForge.Contracts.Events;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What happens beside the requests: write-behind, restart, changes of settings and catalog, in both homes of the ledger.</summary>
public abstract class TokenUpkeepTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract Task<PoolBackEnd> NewBackEndAsync();

    [Fact]
    public async Task Borrowed_units_reach_the_database_by_themselves()
    {
        await using var backEnd = await NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];

        await pool.GrantAsync();

        await pool.UntilAsync(async () => QuotaJson.Read((await pool.RowAsync(id)).Quotas)["auto"].Remaining == 6);
        Assert.InRange((await pool.RowAsync(id)).LastUsed, 1, long.MaxValue);
    }

    [Fact]
    public async Task A_restart_keeps_units_states_and_windows()
    {
        await using var backEnd = await NewBackEndAsync();
        long spent, expired, limited;
        var earliest = TimeProvider.System.GetUtcNow();
        DateTimeOffset latest;
        await using (var before = await PoolUnderTest.StartAsync(backEnd))
        {
            (spent, expired, limited) = ((await before.ImportAsync(priority: 3))[0], (await before.ImportAsync(priority: 2))[0], (await before.ImportAsync(priority: 1))[0]);
            var grant = await before.GrantAsync();
            Assert.Equal(spent, grant.TokenId);
            await before.SettleAsync(grant, LeaseOutcome.Succeeded);
            grant = (await before.BorrowAsync(excluded: [spent])).Grant;
            Assert.Equal(expired, grant.TokenId);
            await before.SettleAsync(grant, LeaseOutcome.TokenInvalid, detail: "401");
            grant = (await before.BorrowAsync(excluded: [spent])).Grant;
            Assert.Equal(limited, grant.TokenId);
            await before.SettleAsync(grant, LeaseOutcome.QuotaExhausted, resumeAfter: 600);
            // The pool's own clock, which the test moves, or that of Redis.
            latest = new[] { before.Time.GetUtcNow(), TimeProvider.System.GetUtcNow() }.Max();
            await before.StopAsync();
        }
        await backEnd.LoseHotStateAsync();

        await using var after = await PoolUnderTest.StartAsync(backEnd);

        Assert.Equal(6, (await after.GetAsync(spent)).Quotas["auto"].Remaining);
        Assert.Equal(("expired", "401"), ((await after.GetAsync(expired)).Status, (await after.GetAsync(expired)).StatusReason));
        var waiting = (await after.GetAsync(limited)).Quotas["auto"];
        Assert.Equal(0, waiting.Remaining);
        Assert.InRange(waiting.ResumeAt, earliest.ToUnixTimeSeconds() + 600, latest.ToUnixTimeSeconds() + 600);
        Assert.Equal(spent, (await after.GrantAsync()).TokenId);
    }

    [Fact]
    public async Task A_row_that_saw_a_later_change_is_not_written_over()
    {
        await using var backEnd = await NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        await pool.GrantAsync();
        var old = (await pool.Get<ILedger>().ReadAsync([id], Cancellation))[0];
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "disabled" }, Cancellation);
        await pool.FlushAsync();

        Assert.Equal(0, await pool.Get<TokenWriter>().WriteAsync([old], Cancellation));
        Assert.Equal(0, await pool.Get<TokenWriter>().WriteAsync([old with { Rev = long.MaxValue }], Cancellation));

        Assert.Equal(TokenState.Disabled, (await pool.RowAsync(id)).Status);
    }

    [Fact]
    public async Task A_mode_that_the_catalog_gains_is_added_to_every_token()
    {
        await using var backEnd = await NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        await pool.GrantAsync();

        pool.Catalog.Replace(new ModelCatalog([.. PoolUnderTest.DefaultCatalog.Modes, PoolUnderTest.Mode("fresh", ("basic", 3))], []));

        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas.ContainsKey("fresh"));
        var view = await pool.GetAsync(id);
        Assert.Equal((6, 3), (view.Quotas["auto"].Remaining, view.Quotas["fresh"].Remaining));
        await pool.GrantAsync("fresh");
    }

    [Fact]
    public async Task A_changed_setting_acts_without_a_restart()
    {
        await using var backEnd = await NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd, options: new TokenOptions { MaxInflight = 1 });
        await pool.ImportAsync();
        await pool.GrantAsync();
        Assert.Equal(NoToken.Types.Reason.Busy, (await pool.BorrowAsync()).None.Reason);

        pool.Settings.Replace(new SettingsSnapshot { Token = new TokenOptions { MaxInflight = 2 } });

        await pool.UntilAsync(async () => (await pool.BorrowAsync()).Grant is not null);
    }

    [Fact]
    public async Task Changed_states_are_announced_once_for_many()
    {
        await using var backEnd = await NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var ids = await pool.ImportAsync(20);

        await pool.UntilAsync(() => Task.FromResult(Announced(pool).Count == 20));

        Assert.Equal(ids.Order(), Announced(pool).Order());
        Assert.InRange(pool.Events.Of<TokenStateChanged>().Count, 1, 3);
        var grant = await pool.GrantAsync();
        await pool.SettleAsync(grant, LeaseOutcome.TokenInvalid);
        await pool.UntilAsync(() => Task.FromResult(pool.Events.Of<TokenStateChanged>()[^1].TokenIds is [var id] && id == grant.TokenId));
    }

    [Fact]
    public async Task No_secret_lies_in_the_database_in_the_clear()
    {
        await using var backEnd = await NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var secret = PoolUnderTest.NewSecret();
        var line = new ImportTokenLine { Text = secret, Pool = "basic", Remark = "a mark that the dump holds" };
        Assert.Single(await pool.Admin.ImportAsync(new[] { line }.ToAsyncEnumerable(), Cancellation).ToListAsync(Cancellation));
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenInvalid, detail: $"401 for sso={secret}");
        await pool.FlushAsync();

        var dump = await backEnd.DumpAsync();

        Assert.Contains("a mark that the dump holds", dump, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, dump, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[10..40], dump, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokens_of_a_lost_key_are_kept_but_not_lent_until_they_are_imported_again()
    {
        await using var backEnd = await NewBackEndAsync();
        var secret = PoolUnderTest.NewSecret();
        var lines = new[] { new ImportTokenLine { Text = secret, Pool = "basic" } };
        await using (var before = await PoolUnderTest.StartAsync(backEnd))
            await before.Admin.ImportAsync(lines.ToAsyncEnumerable(), Cancellation).SingleAsync(Cancellation);
        await backEnd.LoseHotStateAsync();

        await using var after = await PoolUnderTest.StartAsync(backEnd, protector: new TestProtector());

        var listed = Assert.Single((await after.Admin.ListAsync(new ListTokensRequest(), Cancellation)).Tokens);
        Assert.Equal(("active", "****"), (listed.Status, listed.Masked));
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await after.BorrowAsync()).None.Reason);
        var revived = await after.Admin.ImportAsync(lines.ToAsyncEnumerable(), Cancellation).SingleAsync(Cancellation);
        Assert.Equal((ImportTokenResult.Types.Outcome.Revived, listed.Id), (revived.Outcome, revived.TokenId));
        await after.GrantAsync();
    }

    private static List<long> Announced(PoolUnderTest pool) => [.. pool.Events.Of<TokenStateChanged>().SelectMany(e => e.TokenIds).Distinct()];
}
