using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GrokForge.Contracts.Events;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Quotas;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>When a pool has quota windows read, and what it makes of them. Real but for the clock and the upstream.</summary>
public abstract partial class QuotaRefreshContract
{
    private protected ScriptedQuotas Upstream { get; } = new();

    private protected abstract Task<PoolBackEnd> NewBackEndAsync();

    [Fact]
    public async Task An_imported_token_shows_what_theUpstream_counts()
    {
        Upstream.Answer = r => Task.FromResult(r.Mode == "auto" ? ScriptedQuotas.Window(3, 7) : ScriptedQuotas.Window(0, 20, wait: 900));
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas["fast"].ObservedAt > 0);
        var token = await pool.GetAsync(id);
        Assert.Equal((3, 7, false), (token.Quotas["auto"].Remaining, token.Quotas["auto"].Limit, token.Quotas["auto"].Stale));
        Assert.Equal((0, 20), (token.Quotas["fast"].Remaining, token.Quotas["fast"].Limit));
        Assert.InRange(token.Quotas["fast"].ResumeAt, pool.Time.GetUtcNow().AddSeconds(800).ToUnixTimeSeconds(), pool.Time.GetUtcNow().AddSeconds(901).ToUnixTimeSeconds());
        Assert.Equal(["auto", "fast"], Upstream.Asked.Select(a => a.Mode).Order());
    }

    [Fact]
    public async Task What_was_read_outlives_a_restart()
    {
        var backEnd = await NewBackEndAsync();
        Upstream.Say(3, 7);
        long id;
        await using (var before = await StartAsync(backEnd))
        {
            id = (await before.ImportAsync())[0];
            await before.UntilAsync(async () => (await before.GetAsync(id)).Quotas["auto"].ObservedAt > 0);
            await before.StopAsync();
        }
        await backEnd.LoseHotStateAsync();
        await using var after = await StartAsync(backEnd);
        var quota = (await after.GetAsync(id)).Quotas["auto"];
        Assert.Equal((3, 7, true), (quota.Remaining, quota.Limit, quota.ObservedAt > 0));
    }

    [Fact]
    public async Task Numbers_that_nobody_read_or_not_lately_are_called_stale()
    {
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0 });
        var id = (await pool.ImportAsync())[0];
        Assert.True((await pool.GetAsync(id)).Quotas["auto"].Stale);
        Assert.Empty(Upstream.Asked);
    }

    [Fact]
    public async Task Of_a_large_import_only_the_first_tokens_are_read_at_once()
    {
        Upstream.Say(3, 7);
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 2 });
        await pool.ImportAsync(5);
        await pool.UntilAsync(() => Task.FromResult(Upstream.Asked.Count >= 4));
        await pool.MoveTimeAsync(TimeSpan.FromMinutes(10));
        await pool.TurnsAsync();
        Assert.Equal(2, Upstream.Asked.Select(a => a.ProtectedSecret).Distinct().Count());
    }

    [Fact]
    public async Task A_token_is_out_after_a_429_until_it_was_read()
    {
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0 });
        var id = (await pool.ImportAsync())[0];
        var read = new TaskCompletionSource<ReadQuotaReply>();
        Upstream.Answer = _ => read.Task;
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.QuotaExhausted);
        Assert.Equal(("auto", id), pool.Events.Of<QuotaExhausted>().Select(e => (e.Mode, e.TokenId)).Single());
        await pool.UntilAsync(() => Task.FromResult(Upstream.Asked.Count > 0));
        Assert.Equal(0, (await pool.GetAsync(id)).Quotas["auto"].Remaining);
        read.SetResult(ScriptedQuotas.Window(5, 7));
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas["auto"].Remaining == 5);
        Assert.Equal(id, (await pool.GrantAsync()).TokenId);
        Assert.Equal(["auto"], Upstream.Asked.Select(a => a.Mode));
    }

    [Fact]
    public async Task A_window_that_should_have_refilled_is_read()
    {
        Upstream.Say(0, 7, wait: 600);
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0 });
        var id = (await pool.ImportAsync())[0];
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.QuotaExhausted);
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas["auto"].ObservedAt > 0);
        Upstream.Say(6, 7);
        await pool.MoveTimeAsync(TimeSpan.FromSeconds(601));
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas["auto"].Remaining == 6);
    }

    [Fact]
    public async Task A_borrow_waits_for_old_numbers_to_be_read_before_it_is_refused()
    {
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0 });
        var id = (await pool.ImportAsync())[0];
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Quotas = { ["auto"] = 0 } }, TestContext.Current.CancellationToken);
        Upstream.Say(2, 7);
        Assert.Equal(id, (await pool.WhileTimePassesAsync(pool.BorrowAsync())).Grant.TokenId);
        Assert.Equal(["auto"], Upstream.Asked.Select(a => a.Mode));
    }

    [Fact]
    public async Task A_borrow_is_refused_at_once_by_fresh_numbers()
    {
        Upstream.Say(0, 7, wait: 600);
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas["fast"].ObservedAt > 0);
        var asked = Upstream.Asked.Count;
        Assert.Equal(NoToken.Types.Reason.Exhausted, (await pool.BorrowAsync()).None.Reason);
        Assert.Equal(asked, Upstream.Asked.Count);
    }

    [Fact]
    public async Task A_borrow_waits_for_nobody_while_the_way_upstream_fails()
    {
        Upstream.Say(Reason.Unavailable);
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 3 });
        var ids = await pool.ImportAsync(4);
        await pool.UntilAsync(() => Task.FromResult(pool.Get<RefreshPace>().Most == 0));
        foreach (var id in ids)
            await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Quotas = { ["auto"] = 0 } }, TestContext.Current.CancellationToken);
        Assert.Equal(NoToken.Types.Reason.Exhausted, (await pool.BorrowAsync()).None.Reason);
        Assert.Equal(3, Upstream.Asked.Count);
    }

    [Fact]
    public async Task A_token_that_a_reading_finds_invalid_expires()
    {
        Upstream.Say(Reason.TokenInvalid);
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Status == "expired");
        Assert.Contains("401", (await pool.GetAsync(id)).StatusReason, StringComparison.Ordinal);
        await pool.UntilAsync(() => Task.FromResult(pool.Events.Of<TokenStateChanged>().Any(e => e.TokenIds.Contains(id))));
        Assert.Single(Upstream.Asked);
    }

    [Theory]
    [InlineData(Reason.Challenge)]
    [InlineData(Reason.Unavailable)]
    [InlineData(Reason.RateLimited)]
    [InlineData(Reason.TokenRejected)]
    public async Task A_reading_that_fails_costs_the_token_nothing_and_is_repeated_later(Reason reason)
    {
        Upstream.Say(reason);
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.UntilAsync(() => Task.FromResult(Upstream.Asked.Count == 1));
        await pool.TurnsAsync();
        var token = await pool.GetAsync(id);
        Assert.Equal(("active", 0, 7), (token.Status, token.FailCount, token.Quotas["auto"].Remaining));
        Assert.Single(Upstream.Asked);
        Upstream.Say(4, 7);
        await pool.MoveTimeAsync(TimeSpan.FromMinutes(3));
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).Quotas["auto"].Remaining == 4);
    }

    [Fact]
    public async Task A_pool_is_proposed_by_the_totals_and_never_changed_by_them()
    {
        Upstream.Say(50, 50);
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.UntilAsync(async () => (await pool.GetAsync(id)).ProposedPool == "super");
        Assert.Equal("basic", (await pool.GetAsync(id)).Pool);
        var moved = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Pool = "super" }, TestContext.Current.CancellationToken);
        Assert.Equal(("super", ""), (moved.Pool, moved.ProposedPool));
    }

    [Fact]
    public async Task The_metrics_show_units_by_pool_and_mode()
    {
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0 });
        await pool.ImportAsync(3, "super");
        await pool.SettleAsync(await pool.GrantAsync("deep", "super"), LeaseOutcome.Succeeded);
        await pool.FlushAsync();
        await pool.Gauges.ReadAsync(TestContext.Current.CancellationToken);

        // The hosts of other tests measure at the same time.
        var seen = new ConcurrentQueue<(string Name, long Value, string Tags)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, own) => own.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Enqueue((instrument.Name, value, string.Join(' ', tags.ToArray().Select(t => t.Value)))));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Contains(("grokforge.quota.remaining", 11L, "super deep"), seen);
        Assert.Contains(("grokforge.quota.limit", 12L, "super deep"), seen);
    }

    [Fact]
    public async Task A_refused_picture_model_rests_its_token_for_that_model_alone_whoever_asks()
    {
        var backEnd = await NewBackEndAsync();
        await using var one = await StartAsync(backEnd);
        one.Catalog.Replace(PicturesToo);
        await one.ImportAsync(1, "super");
        await one.UntilAsync(async () => (await one.BorrowAsync("rest/pictures", pools: "super")).Grant is not null);
        await one.SettleAsync(await one.GrantAsync("rest/pictures", "super"), LeaseOutcome.QuotaExhausted);
        await using var two = backEnd.Redis is null ? null : await StartAsync(backEnd);
        two?.Catalog.Replace(PicturesToo);
        foreach (var pool in new[] { one, two ?? one })
        {
            var none = (await pool.BorrowAsync("rest/pictures", pools: "super")).None;
            Assert.Equal(NoToken.Types.Reason.Exhausted, none.Reason);
            Assert.InRange(none.RetryAfterSeconds, 200, 300);
        }
        Assert.NotNull((await one.BorrowAsync("rest/other_pictures", pools: "super")).Grant);
        Assert.NotNull((await one.BorrowAsync("auto", pools: "super")).Grant);
        await one.MoveTimeAsync(TimeSpan.FromSeconds(301));
        Assert.NotNull((await one.BorrowAsync("rest/pictures", pools: "super")).Grant);
    }

    [Fact]
    public async Task Five_thousand_idle_tokens_are_never_read()
    {
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0 });
        await pool.ImportAsync(5000);
        for (var hours = 0; hours < 26; hours++)
        {
            await pool.MoveTimeAsync(TimeSpan.FromHours(1));
            await pool.TurnsAsync(2);
        }
        Assert.Empty(Upstream.Asked);
    }

    private static ModelCatalog PicturesToo { get; } = new(PoolUnderTest.DefaultCatalog.Modes, [Pictures("pictures"), Pictures("other:pictures")]);

    private static CatalogModel Pictures(string id) =>
        new(id, ModelType.ImageWs, Pools.Super, null, "", false, false, TimeSpan.FromMinutes(5), ["grok_web"], Hidden: true);

    private protected async Task<PoolUnderTest> StartAsync(PoolBackEnd? backEnd = null, TokenOptions? options = null) =>
        await PoolUnderTest.StartAsync(backEnd ?? await NewBackEndAsync(), options: options, quotas: Upstream);
}

/// <summary>On SQLite and a ledger in memory.</summary>
public sealed class QuotaRefreshInMemory : QuotaRefreshContract, IAsyncDisposable
{
    private readonly SqliteBackEnd _backEnd = new();

    private protected override Task<PoolBackEnd> NewBackEndAsync() => Task.FromResult<PoolBackEnd>(_backEnd);

    public ValueTask DisposeAsync() => _backEnd.DisposeAsync();
}

/// <summary>On PostgreSQL and a ledger in Redis.</summary>
public sealed class QuotaRefreshOnRedis(PoolServers servers) : QuotaRefreshContract, IClassFixture<PoolServers>
{
    private protected override Task<PoolBackEnd> NewBackEndAsync() => servers.NewBackEndAsync();

    [Fact]
    public async Task Two_replicas_read_a_token_once()
    {
        Upstream.Say(3, 7);
        var backEnd = await NewBackEndAsync();
        await using var one = await StartAsync(backEnd);
        await using var two = await StartAsync(backEnd);
        await one.ImportAsync(30);
        await one.UntilAsync(() =>
        {
            two.Time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.FromResult(Upstream.Asked.Count >= 60);
        });
        await one.TurnsAsync();
        await two.TurnsAsync();
        Assert.All(Upstream.Asked.GroupBy(a => (a.ProtectedSecret, a.Mode)), g => Assert.Single(g));
    }
}
