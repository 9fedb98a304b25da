using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The second half of the promises: a lease's life, states, pools, administration, write-behind and loading.</summary>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task The_first_settlement_wins()
    {
        await LoadAsync(Config with { MaxInflight = 2 }, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        await BorrowAsync(Wish(""));
        await SettleAsync(lease, Kept);
        Assert.Equal(SettleKind.AlreadySettled, (await SettleAsync(lease, Refunded)).Kind);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((1, 18), (view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task Expiry_frees_the_slot_and_keeps_the_unit()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        await BorrowAsync(Wish(""));
        await home.AdvanceAsync(TimeSpan.FromSeconds(61), Stop);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((0, 19), (view.Inflight, view.Quotas["auto"].Remaining));
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task A_late_settlement_refunds_once_and_leaves_the_slot()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        var late = await BorrowAsync(Wish(""));
        await home.AdvanceAsync(TimeSpan.FromSeconds(61), Stop);
        await BorrowAsync(Wish(""));
        Assert.Equal(SettleKind.Late, (await SettleAsync(late, Refunded)).Kind);
        Assert.Equal(SettleKind.AlreadySettled, (await SettleAsync(late, Refunded)).Kind);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((1, 19), (view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task A_settlement_more_than_ten_minutes_late_does_nothing()
    {
        await LoadAsync(Config, Token(1, 20));
        var late = await BorrowAsync(Wish(""));
        await home.AdvanceAsync(TimeSpan.FromSeconds(61), Stop);
        await home.AdvanceAsync(TimeSpan.FromMinutes(11), Stop);
        Assert.Equal(SettleKind.AlreadySettled, (await SettleAsync(late, Refunded)).Kind);
        Assert.Equal(19, (await Ledger.ReadOneAsync(1, Stop)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_renewed_lease_lives_on()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        for (var i = 0; i < 3; i++)
        {
            await home.AdvanceAsync(TimeSpan.FromSeconds(45), Stop);
            Assert.Empty(await Ledger.RenewAsync([lease.LeaseId], Stop));
        }
        Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish(""))).None);
        Assert.Equal(SettleKind.Applied, (await SettleAsync(lease, Kept)).Kind);
    }

    [Fact]
    public async Task Renew_names_the_lost_leases()
    {
        await LoadAsync(Config, Token(1, 20));
        var expired = await BorrowAsync(Wish(""));
        await home.AdvanceAsync(TimeSpan.FromSeconds(61), Stop);
        var live = await BorrowAsync(Wish(""));
        Assert.Equal([expired.LeaseId, "nonsense"], await Ledger.RenewAsync([live.LeaseId, expired.LeaseId, "nonsense"], Stop));
    }

    [Fact]
    public async Task An_expired_token_is_not_lent_again()
    {
        await LoadAsync(Config, Token(1, 20));
        var result = await SettleAsync(await BorrowAsync(Wish("")), Invalid);
        Assert.Equal(TokenState.Expired, result.StateChangedTo);
        Assert.Equal(NoneReason.NoSuchPool, (await BorrowAsync(Wish(""))).None);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((TokenState.Expired, "401"), (view.State, view.Reason));
    }

    [Fact]
    public async Task A_settlement_of_an_older_generation_never_changes_the_state()
    {
        await LoadAsync(Config, Token(1, 20));
        var old = await BorrowAsync(Wish(""));
        await Ledger.PutAsync([Token(1, 20) with { Generation = 2, Quotas = null }], Stop);
        var result = await SettleAsync(old, Invalid with { Failed = true });
        Assert.Equal((SettleKind.Applied, null), (result.Kind, result.StateChangedTo));
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((TokenState.Active, 0, 2), (view.State, view.FailCount, view.Generation));
    }

    [Fact]
    public async Task Failures_in_a_row_disable_a_token()
    {
        await LoadAsync(Config, Token(1, 20));
        await SettleAsync(await BorrowAsync(Wish("")), Failed);
        await SettleAsync(await BorrowAsync(Wish("")), Failed);
        await SettleAsync(await BorrowAsync(Wish("")), Kept);
        await SettleAsync(await BorrowAsync(Wish("")), Failed);
        await SettleAsync(await BorrowAsync(Wish("")), Failed);
        Assert.Equal(TokenState.Active, (await Ledger.ReadOneAsync(1, Stop)).State);
        Assert.Equal(TokenState.Disabled, (await SettleAsync(await BorrowAsync(Wish("")), Failed)).StateChangedTo);
    }

    [Fact]
    public async Task Success_never_re_activates_a_disabled_token()
    {
        await LoadAsync(Config, Token(1, 20));
        var running = await BorrowAsync(Wish(""));
        await SettleAsync(await BorrowAsync(Wish("")), Invalid);
        await SettleAsync(running, Kept);
        Assert.Equal(TokenState.Expired, (await Ledger.ReadOneAsync(1, Stop)).State);
    }

    [Fact]
    public async Task Only_a_newer_generation_re_activates()
    {
        await LoadAsync(Config, Token(1, 20));
        await SettleAsync(await BorrowAsync(Wish("")), Invalid);
        await Ledger.PutAsync([Token(1, 20)], Stop);
        Assert.Equal(TokenState.Expired, (await Ledger.ReadOneAsync(1, Stop)).State);
        await Ledger.PutAsync([Token(1, 20) with { Generation = 2 }], Stop);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((TokenState.Active, ""), (view.State, view.Reason));
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task Excluded_tokens_are_not_lent()
    {
        await LoadAsync(Config, Token(1, 20), Token(2, 5));
        Assert.Equal(2, (await BorrowAsync(Wish("") with { Excluded = [1] })).TokenId);
        Assert.Equal(NoneReason.NoSuchPool, (await BorrowAsync(Wish("") with { Excluded = [1, 2] })).None);
        Assert.Equal(1, (await BorrowAsync(Wish(""))).TokenId);
    }

    [Fact]
    public async Task Pools_are_tried_in_order_and_overflow_on_quota_and_slots()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20), Token(2, 0), Token(3, 1, "super"), Token(4, 20, "heavy"));
        Assert.Equal([1, 3, 4], await PicksAsync(3, Wish("", "basic", "super", "heavy")));
    }

    [Fact]
    public async Task Without_overflow_on_slots_a_busy_pool_answers_busy()
    {
        await LoadAsync(Config with { MaxInflight = 1, OverflowOnSlots = false }, Token(1, 20), Token(2, 20, "super"));
        Assert.Equal([1], await PicksAsync(1, Wish("", "basic", "super")));
        Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish("", "basic", "super"))).None);
        Assert.Equal(2, (await BorrowAsync(Wish("", "basic", "super") with { Excluded = [1] })).TokenId);
    }

    [Fact]
    public async Task Without_overflow_on_quota_an_exhausted_pool_answers_exhausted()
    {
        await LoadAsync(Config with { OverflowOnQuota = false }, Token(1, 1), Token(2, 20, "super"));
        Assert.Equal([1], await PicksAsync(1, Wish("", "basic", "super")));
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("", "basic", "super"))).None);
    }

    [Fact]
    public async Task A_removed_token_is_forgotten_with_its_leases()
    {
        await LoadAsync(Config, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        await Ledger.RemoveAsync([1], Stop);
        Assert.Empty(await Ledger.ReadAsync([1], Stop));
        await Ledger.PutAsync([Token(1, 20)], Stop);
        Assert.Equal(SettleKind.AlreadySettled, (await SettleAsync(lease, Refunded)).Kind);
        Assert.Equal(0, (await Ledger.ReadOneAsync(1, Stop)).Inflight);
    }

    [Fact]
    public async Task A_moved_token_is_lent_from_its_new_pool_and_leases_go_on()
    {
        await LoadAsync(Config, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        await Ledger.PutAsync([Token(1, 20, "super") with { Generation = 2, Quotas = new Dictionary<string, LedgerQuota> { ["expert"] = default } }], Stop);
        Assert.Equal(NoneReason.NoSuchPool, (await BorrowAsync(Wish(""))).None);
        Assert.True((await BorrowAsync(Wish("", "super"))).Granted);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("", "super") with { Scope = "expert" })).None);
        Assert.Equal(SettleKind.Applied, (await SettleAsync(lease, Kept)).Kind);
        Assert.Equal(["auto"], (await Ledger.ReadOneAsync(1, Stop)).Quotas.Keys);
    }

    [Fact]
    public async Task A_raised_cap_frees_waiting_tokens()
    {
        await LoadAsync(Config with { MaxInflight = 1 }, Token(1, 20));
        await BorrowAsync(Wish(""));
        Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish(""))).None);
        await Ledger.ConfigureAsync(Config with { MaxInflight = 2 }, Stop);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task New_modes_come_in_without_moving_the_known_ones()
    {
        await LoadAsync(Config, Token(1, 20));
        LaneConfig[] more = [.. Enumerable.Range(0, 9).Select(i => new LaneConfig($"mode{i}", TimeSpan.FromHours(1), Tracked: true)), .. Config.Lanes];
        await Ledger.ConfigureAsync(Config with { Lanes = more }, Stop);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("") with { Scope = "mode8" })).None);
        await Ledger.PutAsync([Token(1, 0) with { Quotas = new Dictionary<string, LedgerQuota> { ["mode8"] = new(1, 1, null) } }], Stop);
        Assert.True((await BorrowAsync(Wish("") with { Scope = "mode8" })).Granted);
        Assert.Equal(20, (await Ledger.ReadOneAsync(1, Stop)).Quotas["auto"].Remaining);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }

    [Fact]
    public async Task Changed_tokens_are_taken_until_they_are_confirmed()
    {
        await LoadAsync(Config, Token(1, 20) with { Rev = 40 }, Token(2, 5));
        Assert.Empty(await Ledger.TakeDirtyAsync(10, Stop));
        var lease = await BorrowAsync(Wish(""));
        var taken = Assert.Single(await Ledger.TakeDirtyAsync(10, Stop));
        Assert.Equal((1, 41, 19), (taken.Id, taken.Rev, taken.Quotas["auto"].Remaining));
        Assert.Equal(lease.Rev, taken.Rev);
        Assert.Equal(1, Assert.Single(await Ledger.TakeDirtyAsync(10, Stop)).Id);
        await SettleAsync(lease, Refunded);
        await Ledger.ConfirmWrittenAsync([taken], Stop);
        Assert.Equal(42, Assert.Single(await Ledger.TakeDirtyAsync(10, Stop)).Rev);
    }

    [Fact]
    public async Task A_ledger_that_is_not_loaded_lends_nothing()
    {
        Assert.False(await Ledger.IsLoadedAsync(Stop));
        Assert.Equal(NoneReason.Rebuilding, (await BorrowAsync(Wish(""))).None);
        Assert.True(await Ledger.TryBeginLoadAsync(Config, AnyRight, Stop));
        Assert.False(await Ledger.TryBeginLoadAsync(Config, AnyRight, Stop));
        await Ledger.PutAsync([Token(1, 20)], Stop);
        Assert.Equal(NoneReason.Rebuilding, (await BorrowAsync(Wish(""))).None);
        Assert.True(await Ledger.CompleteLoadAsync(AnyRight, Stop));
        Assert.True(await Ledger.IsLoadedAsync(Stop));
        Assert.True((await BorrowAsync(Wish(""))).Granted);
        Assert.False(await Ledger.TryBeginLoadAsync(Config, AnyRight, Stop));
    }

    [Fact]
    public async Task A_window_that_was_waiting_before_a_restart_refills_when_it_would_have()
    {
        await LoadAsync(Config, Token(1, 20));
        await SettleAsync(await BorrowAsync(Wish("")), Exhausted with { ResumeAfter = TimeSpan.FromMinutes(7) });
        var resumeAt = (await Ledger.ReadOneAsync(1, Stop)).Quotas["auto"].ResumeAt;
        await Ledger.RemoveAsync([1], Stop);
        await Ledger.PutAsync([Token(1, 20) with { Quotas = new Dictionary<string, LedgerQuota> { ["auto"] = new(0, 20, resumeAt) } }], Stop);
        Assert.InRange((await BorrowAsync(Wish(""))).RetryAfter!.Value, TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(7));
        await home.AdvanceAsync(TimeSpan.FromMinutes(8), Stop);
        Assert.True((await BorrowAsync(Wish(""))).Granted);
    }
}
