using System.Diagnostics.Metrics;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Two replicas on one Redis, which loses its memory.</summary>
public sealed class RedisRebuildTests(PoolServers servers) : IClassFixture<PoolServers>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicas_share_one_ledger()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var one = await PoolUnderTest.StartAsync(backEnd);
        await using var two = await PoolUnderTest.StartAsync(backEnd);
        var id = (await one.ImportAsync())[0];

        var grant = await two.GrantAsync();
        await one.SettleAsync(grant, LeaseOutcome.TokenBlocked);

        Assert.Equal("disabled", (await two.GetAsync(id)).Status);
    }

    [Fact]
    public async Task Replicas_share_how_long_a_token_rests_for_a_picture_model()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var one = await PoolUnderTest.StartAsync(backEnd);
        await using var two = await PoolUnderTest.StartAsync(backEnd);
        await one.ImportAsync(pool: "super");

        await one.SettleAsync(await one.GrantAsync("rest/grok-imagine-image", "super"), LeaseOutcome.QuotaExhausted, resumeAfter: 90);

        Assert.Equal(NoToken.Types.Reason.Exhausted, (await two.BorrowAsync("rest/grok-imagine-image", pools: "super")).None.Reason);
        Assert.NotNull((await two.BorrowAsync("auto", pools: "super")).Grant);
    }

    [Fact]
    public async Task Borrow_answers_rebuilding_until_the_tokens_are_back()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        await pool.ImportAsync();

        await backEnd.LoseHotStateAsync();

        Assert.Equal(NoToken.Types.Reason.Rebuilding, (await pool.BorrowAsync()).None.Reason);
        await pool.UntilAsync(async () => (await pool.BorrowAsync()).Grant is not null);
    }

    [Fact]
    public async Task A_loss_is_said_once_and_counted()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        await pool.ImportAsync();
        var rebuilds = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Name == "grokforge.ledger.rebuilds")
                    own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref rebuilds, value));
        listener.Start();
        await backEnd.LoseHotStateAsync();
        await pool.UntilAsync(async () => (await pool.BorrowAsync()).Grant is not null);
        await pool.TurnsAsync();
        Assert.Single(pool.Get<KeptWarnings>().Lines, l => l.StartsWith("The ledger is gone", StringComparison.Ordinal));
        // Pools of other tests may lose theirs at the same time.
        Assert.True(Interlocked.Read(ref rebuilds) >= 1);
    }

    [Fact]
    public async Task What_was_lent_and_settled_last_survives_the_loss()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var one = await PoolUnderTest.StartAsync(backEnd, time: time);
        await using var two = await PoolUnderTest.StartAsync(backEnd, time: time);
        var spent = (await one.ImportAsync(priority: 3))[0];
        var expired = (await one.ImportAsync(priority: 2))[0];
        var limited = (await one.ImportAsync(priority: 1))[0];

        // The clock stands still, so no write-behind takes place; each replica knows only its own part.
        Assert.Equal(spent, (await one.GrantAsync()).TokenId);
        Assert.Equal(spent, (await two.GrantAsync()).TokenId);
        await two.SettleAsync((await one.BorrowAsync(excluded: [spent])).Grant, LeaseOutcome.TokenInvalid, detail: "401");
        await one.SettleAsync((await two.BorrowAsync(excluded: [spent])).Grant, LeaseOutcome.QuotaExhausted, resumeAfter: 600);
        Assert.Equal(0, (await one.RowAsync(spent)).LastUsed);
        await backEnd.LoseHotStateAsync();
        await one.UntilAsync(async () => (await two.BorrowAsync("fast", pools: "basic")).None?.Reason != NoToken.Types.Reason.Rebuilding);

        Assert.Equal(5, (await one.GetAsync(spent)).Quotas["auto"].Remaining);
        Assert.Equal(("expired", "401"), ((await one.GetAsync(expired)).Status, (await one.GetAsync(expired)).StatusReason));
        Assert.Equal(0, (await one.GetAsync(limited)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task Figures_taken_before_the_loss_do_not_undo_what_was_counted_after_it()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var one = await PoolUnderTest.StartAsync(backEnd);
        await using var two = await PoolUnderTest.StartAsync(backEnd);
        var id = (await one.ImportAsync())[0];
        await one.GrantAsync();
        var taken = await one.Get<ILedger>().ReadAsync([id], Cancellation);
        await two.GrantAsync();
        await one.Get<RecentLeaseWriter>().WriteAsync(Cancellation);
        await two.Get<RecentLeaseWriter>().WriteAsync(Cancellation);

        Assert.Equal(0, await one.Get<TokenWriter>().WriteAsync(taken, Cancellation));

        Assert.Equal(5, QuotaJson.Read((await one.RowAsync(id)).Quotas)["auto"].Remaining);
    }

    [Fact]
    public async Task Figures_of_the_lost_ledger_never_pass_for_later_ones()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        for (var i = 0; i < 3; i++)
            await pool.GrantAsync();
        var taken = await pool.Get<ILedger>().ReadAsync([id], Cancellation);
        pool.Get<RecentLeases>().TakeAll();
        await backEnd.LoseHotStateAsync();
        await pool.UntilAsync(async () => (await pool.BorrowAsync()).Grant is not null);
        await pool.FlushAsync();

        Assert.Equal(0, await pool.Get<TokenWriter>().WriteAsync(taken, Cancellation));
    }

    [Fact]
    public async Task A_lease_is_counted_once_although_the_answer_to_its_write_was_lost()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var one = await PoolUnderTest.StartAsync(backEnd);
        await using var two = await PoolUnderTest.StartAsync(backEnd);
        var id = (await one.ImportAsync())[0];
        await one.GrantAsync();
        await two.GrantAsync();
        await one.GrantAsync();
        var unanswered = one.Get<RecentLeases>().TakeAll();
        one.Get<RecentLeases>().Return(unanswered);
        await one.Get<RecentLeaseWriter>().WriteAsync(Cancellation);

        one.Get<RecentLeases>().Return(unanswered);
        Assert.True(await one.Get<RecentLeaseWriter>().WriteAsync(Cancellation));
        Assert.True(await two.Get<RecentLeaseWriter>().WriteAsync(Cancellation));

        Assert.Equal(4, QuotaJson.Read((await one.RowAsync(id)).Quotas)["auto"].Remaining);
    }

    [Fact]
    public async Task Leases_of_a_row_that_others_keep_changing_wait_for_the_next_turn()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        await pool.GrantAsync();
        await using (var store = await pool.StoreAsync())
        {
            // The first six updates find a row that is not as it was read.
            await store.Database.ExecuteSqlRawAsync(
                """
                CREATE SEQUENCE updates;
                CREATE FUNCTION pass_over() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF nextval(''updates'') > 6 THEN RETURN NEW; END IF; RETURN NULL; END';
                CREATE TRIGGER pass_over BEFORE UPDATE ON tokenpool.tokens FOR EACH ROW EXECUTE FUNCTION pass_over();
                """, Cancellation);
        }

        Assert.False(await pool.Get<RecentLeaseWriter>().WriteAsync(Cancellation));
        Assert.True(await pool.Get<RecentLeaseWriter>().WriteAsync(Cancellation));

        Assert.Equal(6, QuotaJson.Read((await pool.RowAsync(id)).Quotas)["auto"].Remaining);
    }

    [Fact]
    public async Task A_reload_keeps_the_reason_of_a_state()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var ended = (await pool.ImportAsync(priority: 1))[0];
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenInvalid, detail: "401");
        await pool.ImportAsync();
        await pool.FlushAsync();
        await backEnd.LoseHotStateAsync();
        await pool.UntilAsync(async () => (await pool.BorrowAsync()).Grant is not null);

        // An edit that says nothing of the status, and makes the token dirty.
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ended, Remark = "old" }, Cancellation);
        await pool.FlushAsync();

        Assert.Equal("401", (await pool.RowAsync(ended)).StatusReason);
        Assert.Equal(("expired", "401"), ((await pool.GetAsync(ended)).Status, (await pool.GetAsync(ended)).StatusReason));
    }

    [Fact]
    public async Task An_edit_goes_by_the_row_where_the_ledger_is_an_old_copy()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        await using var redis = await ConnectionMultiplexer.ConnectAsync(backEnd.Redis!);
        var key = $"{{gf}}:t:{id}";
        var copy = await redis.GetDatabase().HashGetAllAsync(key);
        await pool.GrantAsync();
        await pool.GrantAsync();
        await pool.FlushAsync();
        await redis.GetDatabase().HashSetAsync(key, copy);

        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Remark = "edited" }, Cancellation);

        Assert.Equal(5, QuotaJson.Read((await pool.RowAsync(id)).Quotas)["auto"].Remaining);
        Assert.Equal(5, (await pool.GetAsync(id)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_refund_before_the_loss_gives_back_all_units_of_its_lease()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        var id = (await pool.ImportAsync())[0];
        var dear = await pool.Leasing.BorrowAsync(new BorrowRequest { BorrowId = "dear", Scope = "auto", Units = 3, Pools = { "basic" } }, Cancellation);
        await pool.GrantAsync();
        await pool.SettleAsync(dear.Grant, LeaseOutcome.UpstreamUnavailable);

        await backEnd.LoseHotStateAsync();
        await pool.UntilAsync(async () => (await pool.BorrowAsync("fast")).Grant is not null);

        Assert.Equal(6, (await pool.GetAsync(id)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_lease_from_before_the_loss_settles_as_already_settled()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);
        await pool.ImportAsync();
        var grant = await pool.GrantAsync();
        await pool.FlushAsync();
        await backEnd.LoseHotStateAsync();
        await pool.UntilAsync(async () => (await pool.BorrowAsync()).Grant is not null);

        Assert.Equal(SettleReply.Types.Result.AlreadySettled, await pool.SettleAsync(grant, LeaseOutcome.Succeeded));
    }

    [Fact]
    public async Task A_started_replica_puts_right_what_the_ledger_missed()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var one = await PoolUnderTest.StartAsync(backEnd);
        var ids = await one.ImportAsync(2);
        await using (var store = await one.StoreAsync())
        {
            // As if a process had died between its two writes.
            var row = store.Tokens.Single(t => t.Id == ids[0]);
            (row.Status, row.Generation) = (TokenState.Disabled, row.Generation + 1);
            await store.SaveChangesAsync(Cancellation);
        }
        Assert.Equal("active", (await one.Get<ILedger>().ReadAsync([ids[0]], Cancellation))[0].State.ToString().ToLowerInvariant());

        await using var two = await PoolUnderTest.StartAsync(backEnd);

        await two.UntilAsync(async () => (await two.BorrowAsync(excluded: [ids[1]])).None?.Reason == NoToken.Types.Reason.NoSuchPool);
    }

    [Fact]
    public async Task A_ready_replica_says_how_it_is()
    {
        await using var backEnd = await servers.NewBackEndAsync();
        await using var pool = await PoolUnderTest.StartAsync(backEnd);

        Assert.Equal(ReadinessLevel.Ready, pool.Get<ReadinessReasons>().Read().Level);
    }
}
