using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <content>Which windows are to be read upstream, who reads them, and what a reading changes.</content>
public abstract partial class LedgerContract
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(90);

    private static readonly LedgerConfig Counted = Config with
    {
        Lanes =
        [
            new LaneConfig("auto", TimeSpan.FromHours(2), Tracked: true) { Refreshed = true }, new LaneConfig("expert", TimeSpan.FromHours(4), Tracked: true) { Refreshed = true },
            new LaneConfig("image_ws", TimeSpan.FromMinutes(5), Tracked: false), new LaneConfig("lite", TimeSpan.FromHours(1), Tracked: true),
        ],
    };

    [Fact]
    public async Task Nobody_reads_tokens_that_nobody_uses()
    {
        await LoadAsync(Counted, [.. Enumerable.Range(1, 5000).Select(id => Token(id, 20))]);
        for (var hours = 0; hours < 26; hours++)
        {
            await home.AdvanceAsync(TimeSpan.FromHours(1), Stop);
            Assert.Empty(await ClaimAsync());
        }
    }

    [Fact]
    public async Task A_token_is_read_when_somebody_asks_for_it()
    {
        await LoadAsync(Counted, Token(1, 20), Token(2, 20));
        await Ledger.WantRefreshAsync([2, 99], Stop);
        var claim = Assert.Single(await ClaimAsync());
        Assert.Equal((2, "basic", 1, 0, 0), (claim.TokenId, claim.Pool, claim.Generation, claim.Inflight, claim.Failures));
        Assert.Equal([("auto", 20), ("expert", 2)], claim.Windows.Select(w => (w.Mode, w.Left)));
    }

    [Fact]
    public async Task A_429_that_does_not_say_when_has_its_window_read()
    {
        await LoadAsync(Counted, Token(1, 20));
        await SettleAsync(await BorrowAsync(Wish("")), Exhausted);
        Assert.Equal(["auto"], Assert.Single(await ClaimAsync()).Windows.Select(w => w.Mode));
    }

    [Fact]
    public async Task A_429_that_says_when_has_its_window_read_then()
    {
        await LoadAsync(Counted, Token(1, 20));
        await SettleAsync(await BorrowAsync(Wish("")), Exhausted with { ResumeAfter = TimeSpan.FromMinutes(7) });
        Assert.Empty(await ClaimAsync());
        await home.AdvanceAsync(TimeSpan.FromMinutes(8), Stop);
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task A_window_that_ran_out_by_our_own_count_is_read()
    {
        await LoadAsync(Counted, Token(1, 2));
        await PicksAsync(1, Wish(""));
        Assert.Empty(await ClaimAsync());
        await PicksAsync(1, Wish(""));
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task What_only_we_count_refills_by_its_window_and_is_never_read()
    {
        var token = Token(1, 20) with { Quotas = new Dictionary<string, LedgerQuota> { ["lite"] = new(1, 3, null) } };
        await LoadAsync(Counted, token);
        await PicksAsync(1, Wish("") with { Scope = "lite" });
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("") with { Scope = "lite" })).None);
        await Ledger.WantRefreshAsync([1], Stop);
        await home.AdvanceAsync(TimeSpan.FromMinutes(61), Stop);
        Assert.Equal(3, (await QuotaAsync("lite")).Remaining);
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task Several_units_of_what_only_we_count_are_lent_at_once()
    {
        await LoadAsync(Counted, Token(1, 20) with { Quotas = new Dictionary<string, LedgerQuota> { ["lite"] = new(3, 3, null) } });
        Assert.True((await BorrowAsync(Wish("") with { Scope = "lite", Units = 2 })).Granted);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("") with { Scope = "lite", Units = 2 })).None);
        Assert.Equal(1, (await QuotaAsync("lite")).Remaining);
    }

    [Fact]
    public async Task A_reading_puts_the_upstreams_numbers_in_force()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        var claim = Assert.Single(await ClaimAsync());
        var end = await EndAsync(claim, Read(("auto", 11, 50), ("expert", 0, 30)));
        Assert.Equal((true, 2, (TokenState?)null), (end.Held, end.Applied, end.StateChangedTo));
        var (auto, expert) = (await QuotaAsync("auto"), await QuotaAsync("expert"));
        Assert.Equal((11, 50, (DateTimeOffset?)null), (auto.Remaining, auto.Limit, auto.ResumeAt));
        Assert.NotNull(auto.ObservedAt);
        Assert.Equal((0, 30), (expert.Remaining, expert.Limit));
        Assert.InRange((await BorrowAsync(Wish("") with { Scope = "expert" })).RetryAfter!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.Contains(await Ledger.TakeDirtyAsync(10, Stop), t => t.Quotas["auto"] == auto);
    }

    [Fact]
    public async Task A_token_that_was_out_is_lent_again_once_the_upstream_says_so()
    {
        await LoadAsync(Counted, Token(1, 20));
        await SettleAsync(await BorrowAsync(Wish("")), Exhausted);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish(""))).None);
        await EndAsync(Assert.Single(await ClaimAsync()), Read(("auto", 4, 50)));
        Assert.Equal([1, 1, 1, 1], await PicksAsync(4, Wish("")));
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish(""))).None);
    }

    [Fact]
    public async Task Units_lent_while_the_upstream_was_read_are_taken_off_what_it_said()
    {
        await LoadAsync(Counted, Token(1, 20));
        var atWork = await BorrowAsync(Wish(""));
        await Ledger.WantRefreshAsync([1], Stop);
        var claim = Assert.Single(await ClaimAsync());
        await PicksAsync(2, Wish(""));
        await EndAsync(claim, Read(("auto", 10, 50)));
        Assert.Equal(7, (await QuotaAsync("auto")).Remaining);
        await SettleAsync(atWork, Refunded);
        Assert.Equal(7, (await QuotaAsync("auto")).Remaining);
    }

    [Fact]
    public async Task A_window_whose_last_units_may_be_spoken_for_is_read_again()
    {
        await LoadAsync(Counted, Token(1, 1));
        var last = await BorrowAsync(Wish(""));
        await EndAsync(Assert.Single(await ClaimAsync()), Read(("auto", 1, 50)));
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish(""))).None);
        await SettleAsync(last, Kept);
        await home.AdvanceAsync(Spacing, Stop);
        await EndAsync(Assert.Single(await ClaimAsync()), Read(("auto", 1, 50)));
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task A_429_during_the_reading_outranks_it()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        var lease = await BorrowAsync(Wish(""));
        var claim = Assert.Single(await ClaimAsync());
        await SettleAsync(lease, Exhausted);
        Assert.Equal(1, (await EndAsync(claim, Read(("auto", 11, 50), ("expert", 2, 2)))).Applied);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish(""))).None);
        await home.AdvanceAsync(Spacing, Stop);
        Assert.Equal(["auto"], Assert.Single(await ClaimAsync()).Windows.Select(w => w.Mode));
    }

    [Fact]
    public async Task A_mode_that_the_upstream_does_not_give_is_not_lent_by()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        await EndAsync(Assert.Single(await ClaimAsync()), Read(("auto", 0, 0)));
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish(""))).None);
        Assert.Equal((0, false), ((await QuotaAsync("auto")).Limit, (await QuotaAsync("auto")).ObservedAt is null));
        await home.AdvanceAsync(TimeSpan.FromHours(5), Stop);
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task One_token_is_read_by_one_reader_at_a_time_and_then_rests()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        var claim = Assert.Single(await ClaimAsync());
        await Ledger.WantRefreshAsync([1], Stop);
        Assert.Empty(await ClaimAsync());
        await EndAsync(claim, Read(("auto", 20, 20), ("expert", 2, 2)));
        await Ledger.WantRefreshAsync([1], Stop);
        Assert.Empty(await ClaimAsync());
        await home.AdvanceAsync(Spacing, Stop);
        Assert.Single(await ClaimAsync());
    }

    [Fact]
    public async Task A_reader_that_died_is_followed_by_another_and_comes_too_late_itself()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        var lapsed = Assert.Single(await ClaimAsync());
        await home.AdvanceAsync(Lifetime, Stop);
        var claim = Assert.Single(await ClaimAsync());
        Assert.False((await EndAsync(lapsed, Read(("auto", 3, 20)))).Held);
        Assert.Equal(20, (await QuotaAsync("auto")).Remaining);
        Assert.True((await EndAsync(claim, Read(("auto", 5, 20)))).Held);
        Assert.Equal(5, (await QuotaAsync("auto")).Remaining);
    }

    [Fact]
    public async Task No_more_tokens_are_read_at_once_than_may_be()
    {
        await LoadAsync(Counted, [.. Enumerable.Range(1, 9).Select(id => Token(id, 20))]);
        await Ledger.WantRefreshAsync([.. Enumerable.Range(1, 9)], Stop);
        var claims = await Ledger.ClaimRefreshesAsync(4, Lifetime, Stop);
        Assert.Equal(4, claims.Count);
        Assert.Empty(await Ledger.ClaimRefreshesAsync(4, Lifetime, Stop));
        await EndAsync(claims[0], Read());
        Assert.Single(await Ledger.ClaimRefreshesAsync(4, Lifetime, Stop));
        Assert.Empty(await Ledger.ClaimRefreshesAsync(0, Lifetime, Stop));
    }

    [Fact]
    public async Task A_reading_that_failed_is_repeated_after_its_rest_and_counted()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        await EndAsync(Assert.Single(await ClaimAsync()), Read(("auto", 3, 20)) with { Failed = true });
        Assert.Equal(3, (await QuotaAsync("auto")).Remaining);
        Assert.Empty(await ClaimAsync());
        await home.AdvanceAsync(Spacing, Stop);
        var again = Assert.Single(await ClaimAsync());
        Assert.Equal((1, "expert"), (again.Failures, Assert.Single(again.Windows).Mode));
    }

    [Fact]
    public async Task A_401_to_a_reading_ends_the_token_and_everything_wanted_of_it()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        var end = await EndAsync(Assert.Single(await ClaimAsync()), Read() with { NewState = TokenState.Expired, Reason = "401" });
        Assert.Equal(TokenState.Expired, end.StateChangedTo);
        Assert.Equal((TokenState.Expired, "401"), ((await Ledger.ReadOneAsync(1, Stop)).State, (await Ledger.ReadOneAsync(1, Stop)).Reason));
        Assert.Equal(NoneReason.NoSuchPool, (await BorrowAsync(Wish(""))).None);
        await home.AdvanceAsync(Spacing, Stop);
        await Ledger.WantRefreshAsync([1], Stop);
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_401_to_a_reading_of_before_an_edit_changes_nothing()
    {
        await LoadAsync(Counted, Token(1, 20));
        await Ledger.WantRefreshAsync([1], Stop);
        var claim = Assert.Single(await ClaimAsync());
        await Ledger.PutAsync([Token(1, 20) with { Generation = 2 }], Stop);
        Assert.Null((await EndAsync(claim, Read() with { NewState = TokenState.Expired, Reason = "401" })).StateChangedTo);
        Assert.Equal(TokenState.Active, (await Ledger.ReadOneAsync(1, Stop)).State);
    }

    [Fact]
    public async Task Old_numbers_are_read_before_they_decide_a_refusal_and_fresh_ones_are_not()
    {
        var age = TimeSpan.FromMinutes(10);
        await LoadAsync(Counted, Token(1, 0), Token(2, 0), Token(3, 5));
        Assert.Equal(2, await Ledger.WantStaleAsync(["basic", "super"], "auto", age, Stop));
        foreach (var claim in await ClaimAsync())
            await EndAsync(claim, Read(("auto", 0, 20)));
        Assert.Equal(0, await Ledger.WantStaleAsync(["basic", "super"], "auto", age, Stop));
        await home.AdvanceAsync(TimeSpan.FromMinutes(9.9), Stop);
        Assert.Empty(await ClaimAsync());
        await home.AdvanceAsync(TimeSpan.FromMinutes(0.2), Stop);
        Assert.Equal(2, (await ClaimAsync()).Count);
    }

    [Fact]
    public async Task Stale_numbers_of_a_token_that_rests_after_a_failure_are_not_waited_for()
    {
        await LoadAsync(Counted, Token(1, 0));
        Assert.Equal(1, await Ledger.WantStaleAsync(["basic"], "auto", TimeSpan.FromMinutes(10), Stop));
        var claim = Assert.Single(await ClaimAsync());
        Assert.Equal(1, await Ledger.WantStaleAsync(["basic"], "auto", TimeSpan.FromMinutes(10), Stop));
        await EndAsync(claim, Read() with { Failed = true });
        Assert.Equal(0, await Ledger.WantStaleAsync(["basic"], "auto", TimeSpan.FromMinutes(10), Stop));
    }

    [Theory]
    [InlineData("")]
    [InlineData("lite")]
    [InlineData("image_ws")]
    [InlineData("nonsense")]
    public async Task What_the_upstream_does_not_count_is_not_looked_at(string scope)
    {
        await LoadAsync(Counted, Token(1, 0));
        Assert.Equal(0, await Ledger.WantStaleAsync(["basic"], scope, TimeSpan.Zero, Stop));
    }

    [Fact]
    public async Task A_forgotten_token_is_read_no_more()
    {
        await LoadAsync(Counted, Token(1, 20), Token(2, 20));
        await Ledger.WantRefreshAsync([1, 2], Stop);
        await Ledger.RemoveAsync([1], Stop);
        var claim = Assert.Single(await ClaimAsync());
        await Ledger.RemoveAsync([2], Stop);
        Assert.False((await EndAsync(claim, Read(("auto", 1, 1)))).Held);
    }

    [Fact]
    public async Task What_the_upstream_said_outlives_a_load()
    {
        var seen = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var quota = new LedgerQuota(3, 50, null) { ObservedAt = seen };
        await LoadAsync(Counted, Token(1, 20) with { Quotas = new Dictionary<string, LedgerQuota> { ["auto"] = quota, ["expert"] = new(0, 0, null) { ObservedAt = seen } } });
        Assert.Equal(quota, await QuotaAsync("auto"));
        Assert.Equal(new LedgerQuota(0, 0, null) { ObservedAt = seen }, await QuotaAsync("expert"));
        await Ledger.PutAsync([Token(1, 20) with { Rev = 5, Quotas = new Dictionary<string, LedgerQuota> { ["auto"] = new(4, 50, null) } }], Stop);
        Assert.Equal(new LedgerQuota(4, 50, null), await QuotaAsync("auto"));
    }

    private ValueTask<IReadOnlyList<RefreshClaim>> ClaimAsync() => Ledger.ClaimRefreshesAsync(100, Lifetime, Stop);

    private ValueTask<RefreshEnd> EndAsync(RefreshClaim claim, RefreshReport report) => Ledger.EndRefreshAsync(claim, report, Stop);

    private static RefreshReport Read(params (string Mode, int Remaining, int Limit)[] windows) => new(
        windows.ToDictionary(w => w.Mode, w => new ObservedWindow(w.Remaining, w.Limit, TimeSpan.FromMinutes(10))), Spacing, Failed: false, NewState: null, Reason: "");

    private async Task<LedgerQuota> QuotaAsync(string mode) => (await Ledger.ReadOneAsync(1, Stop)).Quotas[mode];
}
