using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What every ledger promises: whom it lends, and what a settlement does. Time moves by a fake clock or by the test offset.</summary>
public abstract partial class LedgerContract : IAsyncLifetime
{
    private ILedgerHome home = null!;

    private protected abstract ValueTask<ILedgerHome> OpenAsync();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ILedger Ledger => home.Ledger;

    public async ValueTask InitializeAsync() => home = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await home.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_token_with_most_units_left_is_lent_first()
    {
        await LoadAsync(Config, Token(1, 5), Token(2, 9), Token(3, 6));
        Assert.Equal([2, 2, 2, 3, 2], await PicksAsync(5, Wish("")));
    }

    [Fact]
    public async Task Equal_tokens_take_turns()
    {
        await LoadAsync(Config, Token(1, 20), Token(2, 20), Token(3, 20));
        var untracked = Wish("") with { Scope = "" };
        var first = await PicksAsync(3, untracked);
        Assert.Equal(3, first.Distinct().Count());
        Assert.Equal(first, await PicksAsync(3, untracked));
    }

    [Fact]
    public async Task A_higher_tier_is_lent_before_a_lower_one()
    {
        await LoadAsync(Config, Token(1, 20, tier: 0), Token(2, 2, tier: 5), Token(3, 1, tier: -1));
        Assert.Equal([2, 2, 1], await PicksAsync(3, Wish("")));
    }

    [Fact]
    public async Task A_recently_used_token_comes_after_the_others_of_its_tier()
    {
        await LoadAsync(Config with { Penalty = TimeSpan.FromMinutes(5) }, Token(1, 20), Token(2, 3), Token(3, 9, tier: -1));
        Assert.Equal([1, 2, 1], await PicksAsync(3, Wish("")));
    }

    [Fact]
    public async Task The_penalty_counts_in_every_mode_and_ends()
    {
        await LoadAsync(Config with { Penalty = TimeSpan.FromMinutes(5) }, Token(1, 20), Token(2, 3));
        Assert.Equal([1], await PicksAsync(1, Wish("")));
        Assert.Equal([2], await PicksAsync(1, Wish("") with { Scope = "" }));
        await home.AdvanceAsync(TimeSpan.FromMinutes(6), Stop);
        Assert.Equal([1], await PicksAsync(1, Wish("")));
    }

    [Fact]
    public async Task A_penalty_of_pool_scope_crosses_tiers()
    {
        await LoadAsync(Config with { Penalty = TimeSpan.FromMinutes(5), PenaltyScope = PenaltyScope.Pool }, Token(1, 20), Token(2, 3), Token(3, 9, tier: -1), Token(4, 9, "super"));
        Assert.Equal([1, 2, 3, 1], await PicksAsync(4, Wish("", "basic", "super")));
    }

    [Fact]
    public async Task A_penalty_of_full_scope_overflows_to_the_next_pool()
    {
        await LoadAsync(Config with { Penalty = TimeSpan.FromMinutes(5), PenaltyScope = PenaltyScope.All }, Token(1, 20), Token(2, 9, "super"));
        Assert.Equal([1, 2, 1], await PicksAsync(3, Wish("", "basic", "super")));
    }

    [Fact]
    public async Task Borrowing_past_max_inflight_answers_busy()
    {
        await LoadAsync(Config with { MaxInflight = 2 }, Token(1, 20));
        await PicksAsync(2, Wish(""));
        Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish(""))).None);
    }

    [Fact]
    public async Task A_settled_lease_frees_its_slot()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        Assert.Equal(SettleKind.Applied, (await SettleAsync(lease, Kept)).Kind);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task A_tokens_own_cap_beats_the_configured_one()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20, cap: 3), Token(2, 19, cap: 0));
        Assert.Equal([1, 1, 1, 2, 2, 2], (await PicksAsync(6, Wish(""))).Order());
    }

    [Fact]
    public async Task A_slot_given_back_counts_in_every_mode()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish("") with { Scope = "expert" })).None);
        Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish("") with { Scope = "" })).None);
        await SettleAsync(lease, Kept);
        Assert.True((await BorrowAsync(Wish("") with { Scope = "expert" })).Granted);
    }

    [Fact]
    public async Task Repeating_a_borrow_id_answers_the_same_lease()
    {
        await LoadAsync(Config, Token(1, 20), Token(2, 20));
        var first = await BorrowAsync(Wish("b"));
        var second = await BorrowAsync(Wish("b"));
        Assert.False(first.Repeated);
        Assert.True(second.Repeated);
        Assert.Equal((first.LeaseId, first.TokenId, first.Pool, first.Generation), (second.LeaseId, second.TokenId, second.Pool, second.Generation));
        Assert.Equal(1, (await Ledger.ReadOneAsync(first.TokenId, Stop)).Inflight);
    }

    [Theory]
    [InlineData("b")]
    [InlineData("")]
    public async Task A_grant_is_taken_back_with_its_unit(string borrowId)
    {
        await LoadAsync(Config, Token(1, 20));
        var grant = await BorrowAsync(Wish(borrowId));
        await Ledger.WithdrawAsync(grant, Stop);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((0, 20), (view.Inflight, view.Quotas["auto"].Remaining));
        Assert.Equal(SettleKind.AlreadySettled, (await SettleAsync(grant, Kept)).Kind);
        Assert.False((await BorrowAsync(Wish(borrowId))).Repeated);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lease_that_two_attempts_were_told_of_is_not_taken_back(bool byTheFirst)
    {
        await LoadAsync(Config, Token(1, 20));
        var first = await BorrowAsync(Wish("b"));
        var second = await BorrowAsync(Wish("b"));
        await Ledger.WithdrawAsync(byTheFirst ? first : second, Stop);
        Assert.Equal(SettleKind.Applied, (await SettleAsync(second, Kept)).Kind);
    }

    [Fact]
    public async Task A_borrow_id_is_forgotten_at_settle()
    {
        await LoadAsync(Config, Token(1, 20));
        var first = await BorrowAsync(Wish("b"));
        await SettleAsync(first, Kept);
        var second = await BorrowAsync(Wish("b"));
        Assert.False(second.Repeated);
        Assert.NotEqual(first.LeaseId, second.LeaseId);
    }

    [Fact]
    public async Task A_borrow_id_is_forgotten_after_a_minute()
    {
        await LoadAsync(Config, Token(1, 20));
        var first = await BorrowAsync(Wish("b") with { Ttl = TimeSpan.FromMinutes(10) });
        await home.AdvanceAsync(TimeSpan.FromSeconds(61), Stop);
        var second = await BorrowAsync(Wish("b"));
        Assert.False(second.Repeated);
        Assert.Equal(SettleKind.Applied, (await SettleAsync(first, Kept)).Kind);
    }

    [Fact]
    public async Task Units_run_out_and_refill_after_the_window()
    {
        await LoadAsync(Config, Token(1, 2));
        await PicksAsync(2, Wish(""));
        var none = await BorrowAsync(Wish(""));
        Assert.Equal(NoneReason.Exhausted, none.None);
        Assert.InRange(none.RetryAfter!.Value, TimeSpan.FromMinutes(119), TimeSpan.FromHours(2));
        await home.AdvanceAsync(TimeSpan.FromMinutes(121), Stop);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
        Assert.Equal(19, (await Ledger.ReadOneAsync(1, Stop)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_429_empties_one_mode_until_it_resumes()
    {
        await LoadAsync(Config, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        await SettleAsync(lease, Exhausted with { ResumeAfter = TimeSpan.FromMinutes(7) });
        var none = await BorrowAsync(Wish(""));
        Assert.Equal(NoneReason.Exhausted, none.None);
        Assert.InRange(none.RetryAfter!.Value, TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(7));
        Assert.True((await BorrowAsync(Wish("") with { Scope = "expert" })).Granted);
        await home.AdvanceAsync(TimeSpan.FromMinutes(8), Stop);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task A_refund_from_before_a_429_does_not_revive_the_mode()
    {
        await LoadAsync(Config, Token(1, 20));
        var early = await BorrowAsync(Wish(""));
        await SettleAsync(await BorrowAsync(Wish("")), Exhausted);
        await SettleAsync(early, Refunded);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish(""))).None);
    }

    [Fact]
    public async Task A_second_429_of_the_same_window_does_not_prolong_it()
    {
        await LoadAsync(Config, Token(1, 20));
        var late = await BorrowAsync(Wish(""));
        await SettleAsync(await BorrowAsync(Wish("")), Exhausted with { ResumeAfter = TimeSpan.FromMinutes(7) });
        await SettleAsync(late, Exhausted with { ResumeAfter = TimeSpan.FromHours(7) });
        Assert.True((await BorrowAsync(Wish(""))).RetryAfter < TimeSpan.FromMinutes(8));
    }

    [Fact]
    public async Task A_refund_gives_the_unit_back()
    {
        await LoadAsync(Config, Token(1, 1));
        await SettleAsync(await BorrowAsync(Wish("")), Refunded);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task An_untracked_mode_cools_down_after_a_429()
    {
        await LoadAsync(Config, Token(1, 20));
        var wish = Wish("") with { Scope = "image_ws" };
        await SettleAsync(await BorrowAsync(wish), Exhausted);
        var none = await BorrowAsync(wish);
        Assert.Equal(NoneReason.Exhausted, none.None);
        Assert.InRange(none.RetryAfter!.Value, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        await home.AdvanceAsync(TimeSpan.FromMinutes(6), Stop);
        Assert.True((await BorrowAsync(wish)).Granted);
    }

    [Fact]
    public async Task A_rest_is_of_one_token_in_one_model()
    {
        await LoadAsync(Config, Token(1, 20), Token(2, 20));
        var wish = Wish("") with { Scope = "image_ws" };
        var first = await BorrowAsync(wish);
        await SettleAsync(first, Exhausted with { ResumeAfter = TimeSpan.FromMinutes(2) });
        var others = await PicksAsync(3, wish);
        Assert.DoesNotContain(first.TokenId, others);
        // Its other models go on, and an edit of the token ends no rest.
        await Ledger.PutAsync([Token(first.TokenId, 20) with { Generation = 2 }], Stop);
        Assert.Equal(first.TokenId, (await BorrowAsync(Wish("") with { Excluded = [others[0]] })).TokenId);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(wish with { Excluded = [others[0]] })).None);
        // What is written behind says until when.
        var written = Assert.Single(await Ledger.TakeDirtyAsync(10, Stop), v => v.Id == first.TokenId);
        Assert.NotNull(written.Quotas["image_ws"].ResumeAt);
        await SettleAsync(await BorrowAsync(wish), Exhausted);
        Assert.InRange((await BorrowAsync(wish)).RetryAfter!.Value, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
        await home.AdvanceAsync(TimeSpan.FromMinutes(3), Stop);
        Assert.Equal([first.TokenId, first.TokenId], await PicksAsync(2, wish));
    }

    [Fact]
    public async Task Several_units_can_be_lent_and_refunded_at_once()
    {
        await LoadAsync(Config, Token(1, 3), Token(2, 5));
        var lease = await BorrowAsync(Wish("") with { Units = 4 });
        Assert.Equal(2, lease.TokenId);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("") with { Units = 4 })).None);
        await SettleAsync(lease, Refunded);
        Assert.Equal(5, (await Ledger.ReadOneAsync(2, Stop)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_search_that_meets_too_many_stale_entries_lends_a_valid_token()
    {
        await LoadAsync(Config with { Penalty = TimeSpan.FromMinutes(5) }, [.. Enumerable.Range(1, 40).Select(id => Token(id, 20))]);
        await PicksAsync(40, Wish(""));
        bool[] degraded = [.. (await BorrowsAsync(4, Wish("") with { Scope = "expert" })).Select(r => r.Granted && r.Degraded)];
        Assert.Equal([true, true, false, false], degraded);
    }

    [Fact]
    public async Task A_search_that_meets_too_many_tokens_at_their_cap_asks_to_be_repeated()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, [.. Enumerable.Range(1, 40).Select(id => Token(id, 20)), Token(41, 1) with { Tier = -1, Quotas = new Dictionary<string, LedgerQuota> { ["expert"] = new(1, 1, null) } }]);
        await PicksAsync(40, Wish(""));
        var results = await BorrowsAsync(4, Wish("") with { Scope = "expert" });
        Assert.Equal([(NoneReason.Busy, true), (NoneReason.Busy, true), (NoneReason.None, false), (NoneReason.Busy, false)], results.Select(r => (r.None, r.Degraded)));
    }

    private async Task<List<BorrowResult>> BorrowsAsync(int count, BorrowWish wish)
    {
        var results = new List<BorrowResult>();
        for (var i = 0; i < count; i++)
            results.Add(await BorrowAsync(wish));
        return results;
    }

    private protected ValueTask LoadAsync(LedgerConfig config, params LedgerToken[] tokens) => Ledger.LoadAsync(config, tokens, Stop);

    private ValueTask<BorrowResult> BorrowAsync(BorrowWish wish) => Ledger.BorrowAsync(wish, Stop);

    private ValueTask<SettleResult> SettleAsync(BorrowResult lease, Settlement settlement) => Ledger.SettleAsync(lease.LeaseId, settlement, Stop);

    private async Task<List<long>> PicksAsync(int count, BorrowWish wish)
    {
        var picks = new List<long>();
        for (var i = 0; i < count; i++)
        {
            var result = await BorrowAsync(wish);
            Assert.True(result.Granted, $"borrow {i} answered {result.None}");
            picks.Add(result.TokenId);
        }
        return picks;
    }
}
