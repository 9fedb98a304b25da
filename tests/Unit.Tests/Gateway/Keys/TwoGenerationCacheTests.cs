using GrokForge.Gateway.Keys;

namespace GrokForge.Unit.Tests.Gateway.Keys;

public sealed class TwoGenerationCacheTests
{
    [Fact]
    public void It_never_holds_more_than_twice_its_capacity()
    {
        var cache = new TwoGenerationCache<int, int>(100, EqualityComparer<int>.Default);
        for (var i = 0; i < 1000; i++)
            cache.Set(i, i);

        Assert.InRange(Enumerable.Range(0, 1000).Count(i => cache.TryGet(i, out _)), 100, 200);
        Assert.True(cache.TryGet(999, out _));
    }

    [Fact]
    public void What_is_removed_is_gone_from_both_generations()
    {
        var cache = new TwoGenerationCache<int, int>(2, EqualityComparer<int>.Default);
        cache.Set(1, 1);
        cache.Set(2, 2);
        cache.Set(1, 3);

        cache.Remove(1);

        Assert.False(cache.TryGet(1, out _));
        Assert.True(cache.TryGet(2, out _));
    }
}
