using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What becomes of grants and changes where a step after the ledger's own fails.</summary>
public sealed class LentInDoubtTests : IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();
    private ShakyLedger _ledger = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_grant_whose_secret_cannot_be_read_is_taken_back()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        _ledger.AfterBorrow = _ => LoseTokensAsync(pool, id);

        await Assert.ThrowsAsync<RpcException>(() => pool.BorrowAsync(borrowId: "b"));

        var view = await _ledger.ReadOneAsync(id, Cancellation);
        Assert.Equal((0, 7), (view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task A_lease_that_was_answered_to_a_repeated_borrow_outlives_the_failure_of_the_first()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        BorrowResult repeated = default;
        _ledger.AfterBorrow = async wish =>
        {
            await LoseTokensAsync(pool, id);
            repeated = await _ledger.BorrowAsync(wish, Cancellation);
        };

        await Assert.ThrowsAsync<RpcException>(() => pool.BorrowAsync(borrowId: "b"));

        Assert.True(repeated.Repeated);
        Assert.Equal(SettleKind.Applied, (await _ledger.SettleAsync(repeated.LeaseId, LedgerWords.Kept, Cancellation)).Kind);
    }

    [Fact]
    public async Task What_changed_after_a_failed_write_is_written_at_the_end()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(2);
        var first = await pool.GrantAsync();
        _ledger.BeforeConfirm = () => throw new RedisException("gone");
        await Assert.ThrowsAsync<RedisException>(() => pool.FlushAsync());
        var second = (await pool.BorrowAsync(excluded: [first.TokenId])).Grant;
        Assert.Equal(0, (await pool.RowAsync(second.TokenId)).LastUsed);

        await pool.StopAsync();

        Assert.Equal(ids.Order(), new[] { first.TokenId, second.TokenId }.Order());
        Assert.Equal(6, QuotaJson.Read((await pool.RowAsync(second.TokenId)).Quotas)["auto"].Remaining);
    }

    [Fact]
    public async Task Picks_at_the_work_bound_are_counted()
    {
        ConcurrentBag<object?> counted = [];
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "grokforge.leases.degraded_picks")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add(tags[0].Value));
        listener.Start();
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.GrantAsync();
        Assert.Empty(counted);

        _ledger.IsDegraded = true;
        await pool.GrantAsync();
        await pool.BorrowAsync(excluded: [id]);

        Assert.Equal(["granted", "none"], counted.Order());
    }

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();

    private Task<PoolUnderTest> StartAsync() => PoolUnderTest.StartAsync(_backEnd, ledger: plain => _ledger = new ShakyLedger(plain));

    private static async Task LoseTokensAsync(PoolUnderTest pool, long id)
    {
        pool.Get<TokenSecrets>().Forget(id);
        await using var store = await pool.StoreAsync();
        await store.Database.ExecuteSqlRawAsync("ALTER TABLE tokenpool_tokens RENAME TO elsewhere", Cancellation);
    }
}
