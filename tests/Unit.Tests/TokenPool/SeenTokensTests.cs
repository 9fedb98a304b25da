using System.Security.Cryptography;
using System.Text;
using GrokForge.TokenPool.Administration;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class SeenTokensTests
{
    [Fact]
    public void A_token_is_known_again_and_another_one_is_not()
    {
        var seen = new SeenTokens();
        for (var i = 0; i < 10_000; i++)
            Assert.True(seen.Add(Fingerprint(i)));
        for (var i = 0; i < 10_000; i++)
            Assert.False(seen.Add(Fingerprint(i)));
    }

    [Fact]
    public void Beyond_its_bound_nothing_more_is_remembered_and_nothing_forgotten()
    {
        var seen = new SeenTokens(most: 100);
        for (var i = 0; i < 200; i++)
            Assert.True(seen.Add(Fingerprint(i)));
        Assert.False(seen.Add(Fingerprint(99)));
        Assert.True(seen.Add(Fingerprint(100)));
    }

    private static byte[] Fingerprint(int i) => SHA256.HashData(Encoding.UTF8.GetBytes($"token {i}"));
}
