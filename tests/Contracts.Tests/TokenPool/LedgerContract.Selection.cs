using GrokForge.TokenPool.Ledger;
using static GrokForge.Contracts.Tests.TokenPool.LedgerWords;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The promises of the selection algorithms, and what holds under each of them.</summary>
public abstract partial class LedgerContract
{
    public static TheoryData<string> Algorithms => [.. Enum.GetNames<SelectionAlgorithm>()];

    [Fact]
    public async Task Round_robin_is_exact_also_with_two_modes_interleaved()
    {
        await LoadAsync(By(SelectionAlgorithm.RoundRobin), Plenty(1), Plenty(2), Plenty(3));
        var picks = new Dictionary<(string, long), int>();
        for (var i = 0; i < 600; i++)
        {
            var wish = Wish("") with { Scope = i % 2 == 0 ? "auto" : "expert" };
            var lease = await BorrowAsync(wish);
            picks[(wish.Scope, lease.TokenId)] = picks.GetValueOrDefault((wish.Scope, lease.TokenId)) + 1;
            await SettleAsync(lease, i % 3 == 0 ? Refunded : Kept);
        }
        Assert.Equal(6, picks.Count);
        Assert.All(picks.Values, count => Assert.Equal(100, count));
    }

    [Fact]
    public async Task Random_lends_each_token_about_as_often()
    {
        Assert.InRange(await Draws.ChiSquareAsync(Ledger, SelectionAlgorithm.Random, Stop), 0, Draws.Bound);
    }

    [Fact]
    public async Task Random_does_not_ask_for_the_units_left()
    {
        await LoadAsync(By(SelectionAlgorithm.Random), Plenty(1), Plenty(2, left: 400), Plenty(3));
        var picks = await CountAsync(300, Wish(""));
        Assert.All(picks.Values, count => Assert.InRange(count, 60, 140));
        Assert.Equal(3, picks.Count);
    }

    [Fact]
    public async Task Random_leaves_out_the_excluded_and_nobody_else()
    {
        await LoadAsync(By(SelectionAlgorithm.Random), [.. Enumerable.Range(1, 20).Select(id => Plenty(id))]);
        var picks = await CountAsync(600, Wish("") with { Excluded = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] });
        Assert.Equal([16, 17, 18, 19, 20], picks.Keys.Order());
        Assert.All(picks.Values, count => Assert.InRange(count, 70, 170));
    }

    [Fact]
    public async Task The_token_with_fewest_leases_of_all_modes_is_lent_first()
    {
        await LoadAsync(By(SelectionAlgorithm.LeastInflight), Plenty(1), Plenty(2), Plenty(3));
        var first = await BorrowAsync(Wish(""));
        var others = await PicksAsync(2, Wish("") with { Scope = "expert" });
        Assert.DoesNotContain(first.TokenId, others);
        await SettleAsync(first, Kept);
        Assert.Equal(first.TokenId, (await BorrowAsync(Wish("") with { Scope = "" })).TokenId);
        Assert.Equal(3, (await PicksAsync(3, Wish(""))).Distinct().Count());
    }

    [Fact]
    public async Task A_lease_that_expired_no_longer_counts_against_its_token()
    {
        await LoadAsync(By(SelectionAlgorithm.LeastInflight), Plenty(1), Plenty(2));
        var first = await BorrowAsync(Wish("") with { Ttl = TimeSpan.FromSeconds(10) });
        await PicksAsync(2, Wish("") with { Excluded = [first.TokenId] });
        await home.AdvanceAsync(TimeSpan.FromSeconds(11), Stop);
        Assert.Equal([first.TokenId, first.TokenId], await PicksAsync(2, Wish("")));
    }

    [Fact]
    public async Task Weighted_lends_by_the_share_that_is_left() =>
        Assert.InRange(await Draws.ChiSquareAsync(Ledger, SelectionAlgorithm.Weighted, Stop), 0, Draws.Bound);

    [Fact]
    public async Task Weighted_keeps_its_shares_with_exclusions_and_a_penalty()
    {
        var counts = await Draws.CountAsync(Ledger, By(SelectionAlgorithm.Weighted) with { Penalty = TimeSpan.FromHours(1) }, excluded: [4, 10], Stop);
        Assert.Equal([0, 0], [counts[4], counts[10]]);
        Assert.InRange(Draws.ChiSquare(counts, id => id is 4 or 10 ? 0 : id), 0, Draws.Bound);
        // The measure sees weights that are not those of the shares: none, and those of what was used up.
        Assert.InRange(Draws.ChiSquare(counts, id => id is 4 or 10 ? 0 : 1), Draws.Bound, double.MaxValue);
        Assert.InRange(Draws.ChiSquare(counts, id => id is 4 or 10 ? 0 : 10 - id), Draws.Bound, double.MaxValue);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(9, true)]
    public async Task Behind_eight_tokens_with_too_few_units_the_next_is_drawn_by_lot_among_the_others(int count, bool byLot)
    {
        var lease = await BorrowBehindAsync(count, left: 9);
        Assert.Equal((true, byLot), (lease.Granted, lease.Degraded));
        Assert.Equal(5, (await Ledger.ReadOneAsync(lease.TokenId, Stop)).Quotas["auto"].Remaining);
    }

    [Theory]
    [InlineData(15, NoneReason.Exhausted, false)]
    [InlineData(16, NoneReason.Busy, true)]
    [InlineData(17, NoneReason.Busy, true)]
    public async Task An_order_that_shows_sixteen_tokens_with_too_few_units_is_given_up(int count, object reason, bool degraded)
    {
        var none = await BorrowBehindAsync(count, left: 3);
        Assert.Equal(((NoneReason)reason, degraded), (none.None, none.Degraded));
    }

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(17, true)]
    public async Task A_search_puts_right_sixteen_entries_and_then_lends_the_last_that_it_saw(int count, bool degraded)
    {
        await LoadAsync(Config with { Penalty = TimeSpan.FromMinutes(5) }, [.. Enumerable.Range(1, count).Select(id => Token(id, 20))]);
        Assert.Equal(count, (await PicksAsync(count, Wish(""))).Distinct().Count());
        var first = await BorrowAsync(Wish("") with { Scope = "expert" });
        var second = await BorrowAsync(Wish("") with { Scope = "expert" });
        Assert.Equal((true, degraded, true, false), (first.Granted, first.Degraded, second.Granted, second.Degraded));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Tiers_dominate_under_every_algorithm(string algorithm)
    {
        await LoadAsync(By(Enum.Parse<SelectionAlgorithm>(algorithm)) with { MaxInflight = 2 }, Plenty(1), Plenty(2) with { Tier = 3 }, Plenty(3, left: 1) with { Tier = 5 });
        Assert.Equal([3, 2, 2, 1, 1], await PicksAsync(5, Wish("")));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Two_equal_tokens_alternate_within_the_penalty_under_every_algorithm(string algorithm)
    {
        await LoadAsync(By(Enum.Parse<SelectionAlgorithm>(algorithm)) with { Penalty = TimeSpan.FromMinutes(5) }, Plenty(1), Plenty(2));
        for (var i = 0; i < 20; i++)
        {
            var first = await BorrowAsync(Wish(""));
            await SettleAsync(first, Refunded);
            Assert.NotEqual(first.TokenId, (await BorrowAsync(Wish("") with { Scope = "expert" })).TokenId);
            await home.AdvanceAsync(TimeSpan.FromMinutes(6), Stop);
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task The_one_token_with_enough_units_is_found_under_every_algorithm(string algorithm)
    {
        await LoadAsync(By(Enum.Parse<SelectionAlgorithm>(algorithm)), [.. Enumerable.Range(1, 7).Select(id => Plenty(id, left: 3)), Plenty(8, left: 9)]);
        var lease = await BorrowAsync(Wish("") with { Units = 4 });
        Assert.Equal((8, 5), (lease.TokenId, (await Ledger.ReadOneAsync(8, Stop)).Quotas["auto"].Remaining));
        await SettleAsync(lease, Refunded);
        Assert.Equal(NoneReason.Exhausted, (await BorrowAsync(Wish("") with { Units = 10 })).None);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task A_large_pool_with_too_few_units_lets_the_search_go_on(string algorithm)
    {
        await LoadAsync(By(Enum.Parse<SelectionAlgorithm>(algorithm)), [.. Enumerable.Range(1, 60).Select(id => Plenty(id, left: 3)), Plenty(61) with { Pool = "super" }]);
        var lease = await BorrowAsync(Wish("", "basic", "super") with { Units = 4 });
        Assert.Equal((61, "super"), (lease.TokenId, lease.Pool));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public async Task Another_algorithm_acts_at_once_and_the_ledger_goes_on(string algorithm)
    {
        foreach (var before in Enum.GetValues<SelectionAlgorithm>())
        {
            if (before == SelectionAlgorithm.HighQuotaFirst)
                await LoadAsync(By(before) with { MaxInflight = 3 }, [.. Enumerable.Range(1, 30).Select(id => Plenty(id))]);
            await Ledger.ConfigureAsync(By(before) with { MaxInflight = 3 }, Stop);
            var held = await BorrowsAsync(20, Wish(""));
            await Ledger.ConfigureAsync(By(Enum.Parse<SelectionAlgorithm>(algorithm)) with { MaxInflight = 3 }, Stop);
            var more = await BorrowsAsync(70, Wish(""));
            Assert.All(more, lease => Assert.True(lease is { Granted: true, Degraded: false }));
            Assert.Equal(NoneReason.Busy, (await BorrowAsync(Wish(""))).None);
            if (algorithm is not (nameof(SelectionAlgorithm.Random) or nameof(SelectionAlgorithm.Weighted)))
                Assert.DoesNotContain(more[0].TokenId, held.Select(lease => lease.TokenId));
            foreach (var lease in held.Concat(more))
                Assert.Equal(SettleKind.Applied, (await SettleAsync(lease, Refunded)).Kind);
        }
    }

    /// <summary>Borrows four units where tokens stand in a known order, all but the last with three.</summary>
    /// <param name="left">What the last has.</param>
    private async Task<BorrowResult> BorrowBehindAsync(int count, int left)
    {
        await LoadAsync(By(SelectionAlgorithm.RoundRobin), [.. Enumerable.Range(1, count).Select(id => Plenty(id))]);
        var order = await PicksAsync(count, Wish(""));
        await Ledger.PutAsync([.. order.Select((id, at) => Plenty(id, at == count - 1 ? left : 3) with { Generation = 2 })], Stop);
        return await BorrowAsync(Wish("") with { Units = 4 });
    }

    private static LedgerConfig By(SelectionAlgorithm algorithm) => Config with { MaxInflight = 0, Algorithm = algorithm };

    private static LedgerToken Plenty(long id, int left = 1000) =>
        Token(id, 0) with { Quotas = new Dictionary<string, LedgerQuota> { ["auto"] = new(left, 1000, null), ["expert"] = new(1000, 1000, null) } };

    /// <summary>Picks that give their unit back, by token.</summary>
    private async Task<Dictionary<long, int>> CountAsync(int count, BorrowWish wish)
    {
        var picks = new Dictionary<long, int>();
        for (var i = 0; i < count; i++)
        {
            var lease = await BorrowAsync(wish);
            picks[lease.TokenId] = picks.GetValueOrDefault(lease.TokenId) + 1;
            await SettleAsync(lease, Refunded);
        }
        return picks;
    }
}
