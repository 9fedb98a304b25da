using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class LedgerConfigsTests
{
    private static readonly ModelCatalog Catalog = new(
        [new Mode("auto", "Auto", "auto", TimeSpan.FromHours(2), System.Collections.Frozen.FrozenDictionary<string, int>.Empty, Local: false)], []);

    [Fact]
    public void By_default_quota_and_slots_overflow_and_the_penalty_stays_in_its_tier()
    {
        var config = LedgerConfigs.From(new TokenOptions(), Catalog);

        Assert.Equal((true, true, PenaltyScope.Tier), (config.OverflowOnQuota, config.OverflowOnSlots, config.PenaltyScope));
        Assert.Equal([new LaneConfig("auto", TimeSpan.FromHours(2), Tracked: true) { Refreshed = true }], config.Lanes);
    }

    [Fact]
    public void The_penalty_may_cross_tiers() =>
        Assert.Equal(PenaltyScope.Pool, LedgerConfigs.From(new TokenOptions { PenaltyCrossesTiers = true }, Catalog).PenaltyScope);

    [Fact]
    public void Overflow_on_penalty_makes_it_cross_pools()
    {
        var config = LedgerConfigs.From(new TokenOptions { OverflowOn = ["penalty"] }, Catalog);

        Assert.Equal((false, false, PenaltyScope.All), (config.OverflowOnQuota, config.OverflowOnSlots, config.PenaltyScope));
    }

    [Fact]
    public void Equal_settings_are_the_same_configuration()
    {
        var config = LedgerConfigs.From(new TokenOptions(), Catalog);

        Assert.True(LedgerConfigs.Same(config, LedgerConfigs.From(new TokenOptions(), Catalog)));
        Assert.False(LedgerConfigs.Same(config, LedgerConfigs.From(new TokenOptions { MaxInflight = 9 }, Catalog)));
        Assert.False(LedgerConfigs.Same(null, config));
    }
}
