using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The promises of affinity: a conversation keeps its token while that is healthy, and nothing is bent for it.</summary>
public abstract partial class LedgerContract
{
    private static LedgerConfig Loyal { get; } = Config with { AffinityTtl = TimeSpan.FromMinutes(10) };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task A_conversation_keeps_its_token_under_every_algorithm(string algorithm)
    {
        await LoadAsync(By(Enum.Parse<SelectionAlgorithm>(algorithm)) with { AffinityTtl = Loyal.AffinityTtl, Penalty = TimeSpan.FromMinutes(1) }, [.. Enumerable.Range(1, 10).Select(id => Plenty(id))]);
        var first = await BorrowAsync(Of("c"));
        await PicksAsync(20, Wish(""));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(first.TokenId, (await BorrowAsync(Of("c"))).TokenId);
            Assert.Equal(first.TokenId, (await BorrowAsync(Of("c") with { Scope = "expert" })).TokenId);
            await home.AdvanceAsync(TimeSpan.FromMinutes(9), Stop);
        }
    }

    [Fact]
    public async Task Affinity_ends_after_its_time()
    {
        await LoadAsync(Loyal, Token(1, 20), Token(2, 19), Token(3, 15));
        Assert.Equal([1, 1, 1], await PicksAsync(3, Of("c")));
        await home.AdvanceAsync(TimeSpan.FromMinutes(11), Stop);
        Assert.Equal([2, 2], await PicksAsync(2, Of("c")));
    }

    [Fact]
    public async Task Conversations_do_not_share_their_affinity()
    {
        await LoadAsync(Loyal with { Penalty = TimeSpan.FromMinutes(5) }, Token(1, 20), Token(2, 20));
        var one = (await BorrowAsync(Of("one"))).TokenId;
        var other = (await BorrowAsync(Of("other"))).TokenId;
        Assert.NotEqual(one, other);
        Assert.Equal([one, one], await PicksAsync(2, Of("one")));
        Assert.Equal([other, other], await PicksAsync(2, Of("other")));
    }

    [Fact]
    public async Task Without_a_time_signals_lead_nowhere()
    {
        await LoadAsync(Config, Token(1, 20), Token(2, 19));
        Assert.Equal([1, 2], (await PicksAsync(2, Of("c"))).Order());
    }

    [Fact]
    public async Task A_busy_token_is_not_waited_for_and_affinity_moves_on()
    {
        await LoadAsync(Loyal with { MaxInflight = 1 }, Token(1, 20), Token(2, 5), Token(3, 4));
        var first = await BorrowAsync(Of("c"));
        var second = await BorrowAsync(Of("c"));
        Assert.Equal([1, 2], [first.TokenId, second.TokenId]);
        await SettleAsync(first, Kept);
        await SettleAsync(second, Kept);
        Assert.Equal(2, (await BorrowAsync(Of("c"))).TokenId);
    }

    [Fact]
    public async Task Affinity_bends_neither_quota_nor_exclusion_nor_state()
    {
        await LoadAsync(Loyal, Token(1, 20), Token(2, 9), Token(3, 8));
        Assert.Equal([1], await PicksAsync(1, Of("c")));
        Assert.Equal(2, (await BorrowAsync(Of("c") with { Excluded = [1] })).TokenId);
        await SettleAsync(await BorrowAsync(Of("c")), Exhausted);
        Assert.Equal(1, (await BorrowAsync(Of("c"))).TokenId);
        await SettleAsync(await BorrowAsync(Of("c")), Invalid);
        Assert.Equal(3, (await BorrowAsync(Of("c"))).TokenId);
    }

    [Fact]
    public async Task Affinity_yields_to_a_higher_tier_and_to_an_earlier_pool()
    {
        await LoadAsync(Loyal with { MaxInflight = 1 }, Token(1, 20, tier: 1), Token(2, 20), Token(3, 20, "super"));
        var high = await BorrowAsync(Wish("", "basic", "super"));
        var low = await BorrowAsync(Of("c", "basic", "super"));
        Assert.Equal([1, 2], [high.TokenId, low.TokenId]);
        await SettleAsync(low, Kept);
        var again = await BorrowAsync(Of("c", "basic", "super"));
        Assert.Equal(2, again.TokenId);
        var above = await BorrowAsync(Of("c", "basic", "super"));
        Assert.Equal(3, above.TokenId);
        await SettleAsync(above, Kept);
        await SettleAsync(again, Kept);
        var back = await BorrowAsync(Of("c", "basic", "super"));
        Assert.Equal(2, back.TokenId);
        await SettleAsync(back, Kept);
        await SettleAsync(high, Kept);
        Assert.Equal(1, (await BorrowAsync(Of("c", "basic", "super"))).TokenId);
    }

    [Theory]
    [InlineData(nameof(PenaltyScope.Tier))]
    [InlineData(nameof(PenaltyScope.Pool))]
    [InlineData(nameof(PenaltyScope.All))]
    public async Task Affinity_beats_the_penalty_whatever_that_crosses(string scope)
    {
        await LoadAsync(Crossing(scope), Token(1, 20), Token(2, 19), Token(3, 18, tier: -1), Token(4, 20, "super"));
        Assert.Equal([1, 1, 1], await PicksAsync(3, Of("c", "basic", "super")));
        Assert.Equal(2, (await BorrowAsync(Wish("", "basic", "super"))).TokenId);
    }

    [Theory]
    [InlineData(nameof(PenaltyScope.Tier), 1)]
    [InlineData(nameof(PenaltyScope.Pool), 2)]
    [InlineData(nameof(PenaltyScope.All), 2)]
    public async Task Affinity_yields_to_those_of_a_higher_tier_that_would_be_lent(string scope, long then)
    {
        await LoadAsync(Crossing(scope) with { MaxInflight = 1 }, Token(1, 20, tier: 1), Token(2, 19), Token(3, 20), Token(5, 1, tier: 2));
        var (top, high) = (await BorrowAsync(Wish("")), await BorrowAsync(Wish("")));
        var low = await BorrowAsync(Of("c") with { Excluded = [3] });
        Assert.Equal([5, 1, 2], [top.TokenId, high.TokenId, low.TokenId]);
        await SettleAsync(high, Kept);
        await SettleAsync(low, Kept);
        // The one above was used recently: where that crosses tiers, the fresh one beside the preferred one would be lent, and so the preferred one is.
        var again = await BorrowAsync(Of("c"));
        Assert.Equal(then, again.TokenId);
        await SettleAsync(again, Kept);
        // Where nobody is fresh, the higher tier is lent as ever.
        await BorrowAsync(Wish("") with { Excluded = [1, 2] });
        Assert.Equal(1, (await BorrowAsync(Of("c"))).TokenId);
    }

    [Fact]
    public async Task Affinity_yields_to_a_fresh_token_of_a_higher_tier_also_where_the_penalty_crosses_tiers()
    {
        await LoadAsync(Crossing(nameof(PenaltyScope.Pool)) with { MaxInflight = 1 }, Token(1, 20, tier: 1), Token(2, 19), Token(3, 20));
        var high = await BorrowAsync(Wish(""));
        await SettleAsync(await BorrowAsync(Of("c") with { Excluded = [3] }), Kept);
        await SettleAsync(high, Kept);
        await home.AdvanceAsync(TimeSpan.FromMinutes(6), Stop);
        Assert.Equal(1, (await BorrowAsync(Of("c"))).TokenId);
    }

    [Theory]
    [InlineData(nameof(PenaltyScope.Pool))]
    [InlineData(nameof(PenaltyScope.All))]
    public async Task Affinity_bends_nothing_either_where_the_penalty_crosses_tiers(string scope)
    {
        await LoadAsync(Crossing(scope) with { MaxInflight = 2 }, Token(1, 20, tier: 1), Token(2, 9), Token(3, 8));
        var first = await BorrowAsync(Of("c"));
        Assert.Equal(1, first.TokenId);
        Assert.NotEqual(1, (await BorrowAsync(Of("other") with { Excluded = [1] })).TokenId);
        var second = await BorrowAsync(Of("c"));
        Assert.Equal(1, second.TokenId);
        Assert.NotEqual(1, (await BorrowAsync(Of("third"))).TokenId);
        await SettleAsync(first, Kept);
        await SettleAsync(second, Exhausted);
        Assert.NotEqual(1, (await BorrowAsync(Of("c"))).TokenId);
    }

    [Fact]
    public async Task Affinity_leads_to_a_later_pool_where_the_penalty_overflows_and_would_lend_from_there()
    {
        await LoadAsync(Crossing(nameof(PenaltyScope.All)), Token(1, 20), Token(2, 9, "super"), Token(3, 20, "super"));
        Assert.Equal([1], await PicksAsync(1, Wish("", "basic", "super")));
        Assert.Equal([2], await PicksAsync(1, Of("c", "basic", "super") with { Excluded = [3] }));
        Assert.Equal([2], await PicksAsync(1, Of("c", "basic", "super")));
        await PicksAsync(1, Wish("", "super") with { Excluded = [2] });
        Assert.Equal(1, (await BorrowAsync(Of("c", "basic", "super"))).TokenId);
    }

    [Fact]
    public async Task Affinity_never_leads_out_of_the_pools_asked_for()
    {
        await LoadAsync(Loyal, Token(1, 20), Token(2, 20, "super"));
        Assert.Equal([1], await PicksAsync(1, Of("c")));
        Assert.Equal([2], await PicksAsync(1, Of("c", "super")));
    }

    [Fact]
    public async Task A_conversation_does_not_find_a_token_that_came_back_as_another()
    {
        await LoadAsync(Loyal, Token(1, 20));
        Assert.Equal([1], await PicksAsync(1, Of("c")));
        await Ledger.RemoveAsync([1], Stop);
        await Ledger.PutAsync([Token(1, 5), Token(2, 20)], Stop);
        Assert.Equal([2], await PicksAsync(1, Of("c")));
    }

    private static LedgerConfig Crossing(string scope) => Loyal with { Penalty = TimeSpan.FromMinutes(5), PenaltyScope = Enum.Parse<PenaltyScope>(scope) };

    private static BorrowWish Of(string conversation, params string[] pools) => Wish("", pools) with { Affinity = conversation };
}
