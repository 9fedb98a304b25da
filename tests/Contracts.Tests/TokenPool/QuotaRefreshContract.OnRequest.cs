using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Quotas;
using Outcome = GrokForge.Contracts.Tokens.RefreshedToken.Types.Outcome;
using Reason = GrokForge.Contracts.Quotas.QuotaRefusal.Types.Reason;
using Wait = GrokForge.Contracts.Tokens.RefreshedToken.Types.Wait;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <content>Windows that are read because an administrator asks. Where nothing passes the time, an answer that waited would never come.</content>
public abstract partial class QuotaRefreshContract
{
    private static TokenOptions OnlyOnRequest { get; } = new() { RefreshAfterImport = 0, RefreshSpacingSeconds = 300 };

    [Fact]
    public async Task An_administrator_has_windows_read_now_and_sees_what_came_of_each_token()
    {
        await using var pool = await StartAsync(options: OnlyOnRequest);
        var ids = await pool.ImportAsync(2);
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[1], Status = "disabled" }, TestContext.Current.CancellationToken);
        Upstream.Say(3, 7);
        var tokens = await pool.WhileTimePassesAsync(RefreshAsync(pool, ids[0], ids[1], 999));
        Assert.Equal([Outcome.Read, Outcome.NotActive, Outcome.NotFound], tokens.Select(t => t.Outcome));
        Assert.Equal((3, 7, 0d), (tokens[0].Token.Quotas["auto"].Remaining, tokens[0].Token.Quotas["auto"].Limit, tokens[0].RetryAfterSeconds));
        Assert.Single(Upstream.Asked.Select(a => a.ProtectedSecret).Distinct());
    }

    [Fact]
    public async Task A_token_that_was_read_a_moment_ago_is_answered_at_once_by_that_reading()
    {
        Upstream.Say(3, 7);
        await using var pool = await StartAsync(options: OnlyOnRequest);
        var id = (await pool.ImportAsync())[0];
        await pool.WhileTimePassesAsync(RefreshAsync(pool, id));
        var asked = Upstream.Asked.Count;
        Upstream.Say(2, 7);
        var again = (await RefreshAsync(pool, id)).Single();
        Assert.Equal((Outcome.Read, 3), (again.Outcome, again.Token.Quotas["auto"].Remaining));
        Assert.InRange(again.RetryAfterSeconds, 200, 360);
        Assert.Equal(asked, Upstream.Asked.Count);

        await pool.MoveTimeAsync(TimeSpan.FromSeconds(again.RetryAfterSeconds));
        var later = (await pool.WhileTimePassesAsync(RefreshAsync(pool, id))).Single();
        Assert.Equal((Outcome.Read, 2), (later.Outcome, later.Token.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task A_token_that_could_not_be_read_is_told_at_once_until_when_it_rests()
    {
        Upstream.Say(Reason.RateLimited);
        await using var pool = await StartAsync(options: OnlyOnRequest);
        var id = (await pool.ImportAsync())[0];
        var first = (await pool.WhileTimePassesAsync(RefreshAsync(pool, id))).Single();
        Assert.Equal((Outcome.Waiting, Wait.Resting), (first.Outcome, first.Wait));
        var again = (await RefreshAsync(pool, id)).Single();
        Assert.Equal((Outcome.Waiting, Wait.Resting), (again.Outcome, again.Wait));
        // The spacing, doubled by the failure, and up to a fifth more.
        Assert.InRange(again.RetryAfterSeconds, 500, 720);
        Assert.Single(Upstream.Asked);

        Upstream.Say(3, 7);
        await pool.MoveTimeAsync(TimeSpan.FromSeconds(again.RetryAfterSeconds));
        Assert.Equal(Outcome.Read, (await pool.WhileTimePassesAsync(RefreshAsync(pool, id))).Single().Outcome);
    }

    [Fact]
    public async Task While_the_way_upstream_fails_nobody_waits_and_everyone_is_told_how_long()
    {
        Upstream.Say(Reason.Unavailable);
        await using var pool = await StartAsync(options: OnlyOnRequest);
        var ids = await pool.ImportAsync(4);
        await pool.WhileTimePassesAsync(RefreshAsync(pool, ids[0], ids[1], ids[2]));
        await pool.UntilAsync(() => Task.FromResult(Upstream.Asked.Count == 3));
        var waiting = (await RefreshAsync(pool, ids[3])).Single();
        Assert.Equal((Outcome.Waiting, Wait.Paused), (waiting.Outcome, waiting.Wait));
        Assert.InRange(waiting.RetryAfterSeconds, 0.1, 6);
        Assert.Equal(pool.Get<RefreshPace>().PauseLeft.TotalSeconds, waiting.RetryAfterSeconds);
    }

    [Fact]
    public async Task Where_quotas_are_never_read_nobody_waits_either()
    {
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0, RefreshConcurrency = 0 });
        var waiting = (await RefreshAsync(pool, (await pool.ImportAsync())[0])).Single();
        Assert.Equal((Outcome.Waiting, Wait.Off, 0d), (waiting.Outcome, waiting.Wait, waiting.RetryAfterSeconds));
    }

    [Fact]
    public async Task Many_tokens_are_waited_for_as_long_as_one_and_the_rest_stay_asked_for()
    {
        // Every third token's window is told; the others' only when the test lets them.
        var late = new TaskCompletionSource<ReadQuotaReply>();
        var asked = 0;
        Upstream.Answer = r => r.Mode == "auto" && Interlocked.Increment(ref asked) % 3 != 1 ? late.Task : Task.FromResult(ScriptedQuotas.Window(3, 7));
        await using var pool = await StartAsync(options: new TokenOptions { RefreshAfterImport = 0, RefreshSpacingSeconds = 300, RefreshConcurrency = 3 });
        var ids = await pool.ImportAsync(30);
        var begun = pool.Time.GetUtcNow();
        var tokens = await pool.WhileTimePassesAsync(RefreshAsync(pool, ids));
        Assert.InRange(pool.Time.GetUtcNow() - begun, TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(20));
        Assert.Contains(tokens, t => t.Outcome == Outcome.Read);
        Assert.All(tokens.Where(t => t.Outcome != Outcome.Read), t => Assert.Equal((Outcome.Waiting, Wait.InTurn, true), (t.Outcome, t.Wait, t.RetryAfterSeconds > 0)));
        Upstream.Say(2, 7);
        late.SetResult(ScriptedQuotas.Window(2, 7));
        await pool.UntilAsync(async () => (await Task.WhenAll(ids.Select(pool.GetAsync))).All(t => t.Quotas["auto"].ObservedAt > 0));
    }

    [Fact]
    public async Task A_token_that_theUpstream_refuses_when_an_administrator_asks_is_expired()
    {
        Upstream.Say(Reason.TokenInvalid);
        await using var pool = await StartAsync(options: OnlyOnRequest);
        var token = (await pool.WhileTimePassesAsync(RefreshAsync(pool, (await pool.ImportAsync())[0]))).Single();
        Assert.Equal((Outcome.NotActive, "expired"), (token.Outcome, token.Token.Status));
        Assert.Contains("401", token.Token.StatusReason, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<RefreshedToken>> RefreshAsync(PoolUnderTest pool, params long[] ids) =>
        (await pool.Admin.RefreshAsync(new RefreshTokensRequest { Ids = { ids } }, TestContext.Current.CancellationToken)).Tokens;
}
