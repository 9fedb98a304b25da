using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class RecentLeasesTests
{
    private static readonly BorrowWish Wish = new("1", ["basic"], "auto", 1, "", [], null);
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Leases_of_the_last_two_seconds_are_remembered()
    {
        var recent = new RecentLeases(_time, enabled: true);
        recent.Granted(Grant(1), Wish);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        recent.Granted(Grant(2), Wish);
        _time.Advance(TimeSpan.FromSeconds(1));
        recent.AllClaimsWritten();
        recent.AllClaimsWritten();
        recent.Granted(Grant(3), Wish);

        Assert.Equal([2, 3], recent.TakeAll().Select(l => l.TokenId));
    }

    [Fact]
    public void Nothing_is_forgotten_that_the_database_does_not_have()
    {
        var recent = new RecentLeases(_time, enabled: true);
        recent.Granted(Grant(1), Wish);
        recent.AllClaimsWritten();
        recent.AllClaimsWritten();
        foreach (var id in (long[])[2, 3, 4])
        {
            _time.Advance(TimeSpan.FromSeconds(30));
            recent.Granted(Grant(id), Wish);
        }
        Assert.Equal([1, 2, 3, 4], recent.TakeAll().Select(l => l.TokenId));
    }

    [Fact]
    public void Claims_of_a_dead_writer_vouch_for_nothing_newer()
    {
        var recent = new RecentLeases(_time, enabled: true);
        recent.Granted(Grant(1), Wish);
        _time.Advance(TimeSpan.FromSeconds(30));
        recent.AllClaimsWritten();
        recent.Granted(Grant(2), Wish);
        _time.Advance(TimeSpan.FromSeconds(1));
        recent.AllClaimsWritten();
        recent.Granted(Grant(3), Wish);

        // Now the first is surely written: it was lent before all claims were written for the first time.
        Assert.Equal([2, 3], recent.TakeAll().Select(l => l.TokenId));

        var fresh = new RecentLeases(_time, enabled: true);
        fresh.Granted(Grant(1), Wish);
        _time.Advance(TimeSpan.FromSeconds(30));
        fresh.AllClaimsWritten();
        fresh.Granted(Grant(2), Wish);
        Assert.Equal([1, 2], fresh.TakeAll().Select(l => l.TokenId));
    }

    [Fact]
    public void A_database_that_stays_away_does_not_fill_the_memory()
    {
        var recent = new RecentLeases(_time, enabled: true);
        for (var id = 1; id <= 100_001; id++)
            recent.Granted(Grant(id), Wish);
        Assert.Equal(100_000, recent.TakeAll().Count);
    }

    [Fact]
    public void Nothing_is_forgotten_while_nothing_new_happens()
    {
        var recent = new RecentLeases(_time, enabled: true);
        recent.Granted(Grant(1), Wish);
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Single(recent.TakeAll());
    }

    [Fact]
    public void What_was_taken_is_gone_unless_it_comes_back()
    {
        var recent = new RecentLeases(_time, enabled: true);
        recent.Granted(Grant(1), Wish);
        var taken = recent.TakeAll();

        Assert.Empty(recent.TakeAll());
        recent.Return(taken);
        Assert.Single(recent.TakeAll());
    }

    [Fact]
    public void A_ledger_that_ends_with_its_process_needs_no_memory()
    {
        var recent = new RecentLeases(_time, enabled: false);
        recent.Granted(Grant(1), Wish);

        Assert.Empty(recent.TakeAll());
    }

    private static BorrowResult Grant(long id) => new($"lease{id}", id, "basic", 0, false, NoneReason.None, null) { Rev = 1 };
}
