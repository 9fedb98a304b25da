using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The last part of the promises: who may fill the ledger, what a put leaves alone, and that no change is forgotten by the write-behind.</summary>
public abstract partial class LedgerContract
{
    private static readonly LoadRight First = new("first", TimeSpan.FromMinutes(1));
    private static readonly LoadRight Second = new("second", TimeSpan.FromMinutes(1));

    [Fact]
    public async Task An_abandoned_load_can_be_begun_again_at_once()
    {
        Assert.True(await Ledger.TryBeginLoadAsync(Config, First, Stop));
        await Ledger.AbandonLoadAsync(Second, Stop);
        Assert.False(await Ledger.TryBeginLoadAsync(Config, Second, Stop));
        await Ledger.AbandonLoadAsync(First, Stop);
        Assert.True(await Ledger.TryBeginLoadAsync(Config, Second, Stop));
        Assert.False(await Ledger.IsLoadedAsync(Stop));
    }

    [Fact]
    public async Task Whoever_lost_the_right_to_load_changes_nothing()
    {
        await Ledger.TryBeginLoadAsync(Config, First, Stop);
        await Ledger.LoadAsync(First, [Token(1, 20)], Stop);
        await Ledger.AbandonLoadAsync(First, Stop);
        await Ledger.TryBeginLoadAsync(Config, Second, Stop);
        Assert.True(await Ledger.LoadAsync(Second, [Token(1, 3)], Stop));

        Assert.False(await Ledger.LoadAsync(First, [Token(1, 20), Token(2, 20)], Stop));
        Assert.False(await Ledger.CompleteLoadAsync(First, Stop));

        Assert.False(await Ledger.IsLoadedAsync(Stop));
        Assert.True(await Ledger.CompleteLoadAsync(Second, Stop));
        Assert.Equal([1], await Ledger.IdsAsync(Stop));
        Assert.Equal(3, (await Ledger.ReadOneAsync(1, Stop)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_loaded_ledger_takes_no_load_any_more()
    {
        await LoadAsync(Config, Token(1, 20));
        Assert.False(await Ledger.LoadAsync(AnyRight, [Token(1, 3)], Stop));
        Assert.False(await Ledger.CompleteLoadAsync(AnyRight, Stop));
        Assert.Equal(20, (await Ledger.ReadOneAsync(1, Stop)).Quotas["auto"].Remaining);
    }

    [Fact]
    public async Task A_put_that_sets_no_state_leaves_the_one_that_the_token_lives_with()
    {
        await LoadAsync(Config, Token(1, 20), Token(2, 19));
        await SettleAsync(await BorrowAsync(Wish("")), Invalid);
        await Ledger.PutAsync([Token(1, 20) with { Generation = 2, FailCount = 2, Tier = 3, SetsState = false }], Stop);
        var view = await Ledger.ReadOneAsync(1, Stop);
        Assert.Equal((TokenState.Expired, "401", 0, 2, 3), (view.State, view.Reason, view.FailCount, view.Generation, view.Tier));
        await Ledger.PutAsync([Token(3, 20) with { State = TokenState.Disabled, SetsState = false }], Stop);
        Assert.Equal(TokenState.Disabled, (await Ledger.ReadOneAsync(3, Stop)).State);
    }

    [Fact]
    public async Task What_a_put_leaves_in_force_is_later_than_what_was_put()
    {
        await LoadAsync(Config, Token(1, 20) with { Rev = 4 });
        await Ledger.PutAsync([Token(1, 20) with { Generation = 2, Rev = 40 }], Stop);
        Assert.Equal(41, Assert.Single(await Ledger.TakeDirtyAsync(10, Stop)).Rev);
    }

    [Fact]
    public async Task A_slow_writer_s_confirmation_does_not_cover_a_later_change()
    {
        await LoadAsync(Config, Token(1, 20));
        var lease = await BorrowAsync(Wish(""));
        var slow = await Ledger.TakeDirtyAsync(10, Stop);
        await Ledger.ConfirmWrittenAsync(await Ledger.TakeDirtyAsync(10, Stop), Stop);
        await SettleAsync(lease, Refunded);
        var later = Assert.Single(await Ledger.TakeDirtyAsync(10, Stop));

        await Ledger.ConfirmWrittenAsync(slow, Stop);

        Assert.Equal(later.Rev, Assert.Single(await Ledger.TakeDirtyAsync(10, Stop)).Rev);
        await Ledger.ConfirmWrittenAsync([later], Stop);
        Assert.Empty(await Ledger.TakeDirtyAsync(10, Stop));
    }
}
