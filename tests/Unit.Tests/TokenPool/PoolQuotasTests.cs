using System.Collections.Frozen;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class PoolQuotasTests
{
    private static readonly ModelCatalog Catalog = new(
        [Mode("auto", ("basic", 7), ("super", 50)), Mode("fast", ("basic", 20)), Mode("heavy", ("super", 0), ("heavy", 20))], []);

    [Fact]
    public void A_pool_has_the_modes_whose_default_is_above_zero() =>
        Assert.Equal(["auto"], PoolQuotas.Defaults("super", Catalog).Keys);

    [Fact]
    public void A_pool_the_catalog_does_not_know_has_no_modes() => Assert.Empty(PoolQuotas.Defaults("xai", Catalog));

    [Fact]
    public void Stored_quotas_are_kept_within_their_limit()
    {
        var quotas = PoolQuotas.InForce("basic", new Dictionary<string, LedgerQuota> { ["auto"] = new(9, 8, null) }, Catalog);

        Assert.Equal(new LedgerQuota(8, 8, null), quotas["auto"]);
    }

    [Fact]
    public void A_mode_that_is_not_stored_starts_with_its_default()
    {
        var quotas = PoolQuotas.InForce("basic", new Dictionary<string, LedgerQuota> { ["auto"] = new(0, 7, null) }, Catalog);

        Assert.Equal(new LedgerQuota(20, 20, null), quotas["fast"]);
    }

    [Fact]
    public void A_stored_mode_that_the_catalog_lost_is_dropped() =>
        Assert.DoesNotContain("gone", PoolQuotas.InForce("basic", new Dictionary<string, LedgerQuota> { ["gone"] = new(1, 1, null) }, Catalog).Keys);

    [Fact]
    public void A_token_that_has_its_pool_s_modes_needs_nothing() =>
        Assert.Null(PoolQuotas.Difference("super", new Dictionary<string, LedgerQuota> { ["auto"] = new(0, 7, null) }, Catalog));

    [Fact]
    public void A_token_that_changed_pools_gets_the_missing_modes_and_loses_the_others()
    {
        var difference = PoolQuotas.Difference("super", new Dictionary<string, LedgerQuota> { ["fast"] = new(3, 20, null) }, Catalog);

        Assert.Equal(new Dictionary<string, LedgerQuota> { ["auto"] = new(50, 50, null), ["fast"] = new(0, 0, null) }, difference);
    }

    [Fact]
    public void Quotas_survive_their_column()
    {
        var quotas = new Dictionary<string, LedgerQuota>
        {
            ["auto"] = new(0, 7, DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123)),
            ["fast"] = new(3, 20, null),
        };

        Assert.Equal(quotas, QuotaJson.Read(QuotaJson.Write(quotas)));
    }

    [Fact]
    public void A_token_without_tracked_modes_is_never_exhausted() =>
        Assert.False(TokenRow.IsExhausted(TokenState.Active, new Dictionary<string, LedgerQuota>()));

    private static Mode Mode(string id, params (string Pool, int Units)[] defaults) => new(
        id, id, id, TimeSpan.FromHours(1), defaults.ToFrozenDictionary(d => d.Pool, d => d.Units), Local: false);
}
