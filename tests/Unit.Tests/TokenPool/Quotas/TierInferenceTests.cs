using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Quotas;

namespace GrokForge.Unit.Tests.TokenPool.Quotas;

public sealed class TierInferenceTests
{
    [Theory]
    [InlineData("auto=7", "basic")]
    [InlineData("auto=20", "basic")]
    [InlineData("fast=30", "basic")]
    [InlineData("auto=50", "super")]
    [InlineData("fast=140", "super")]
    [InlineData("auto=150 fast=400", "heavy")]
    [InlineData("heavy=20", "heavy")]
    [InlineData("auto=50 fast=30", "basic")]
    [InlineData("auto=150 fast=140", "super")]
    [InlineData("auto=51 fast=140", "super")]
    [InlineData("auto=51", null)]
    [InlineData("heavy=0", null)]
    [InlineData("expert=2", null)]
    [InlineData("", null)]
    public void Totals_speak_for_a_pool_and_contradictions_for_the_lower(string totals, string? pool)
    {
        var windows = totals.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => t.Split('='))
            .ToDictionary(t => t[0], t => new ObservedWindow(0, int.Parse(t[1], System.Globalization.CultureInfo.InvariantCulture), TimeSpan.Zero));

        Assert.Equal(pool, TierInference.PoolOf(windows));
    }
}
