using System.Text;
using GrokForge.Upstream.GrokWeb.Quotas;

namespace GrokForge.Unit.Tests.Upstream.GrokWeb;

public sealed class RateLimitAnswerTests
{
    [Theory]
    [InlineData("""{"windowSizeSeconds":86400,"remainingQueries":27,"totalQueries":30}""", 27, 30, 86400, 0)]
    [InlineData("""{"windowSizeSeconds":7200,"remainingQueries":0,"totalQueries":50,"waitTimeSeconds":1380}""", 0, 50, 7200, 1380)]
    [InlineData("""{"remainingQueries":60,"totalQueries":50,"unknown":{"x":1}}""", 50, 50, 0, 0)]
    [InlineData("""{"remainingQueries":-3,"totalQueries":-1}""", 0, 0, 0, 0)]
    [InlineData("""{"remainingQueries":1e99,"totalQueries":5,"waitTimeSeconds":0.2}""", 5, 5, 0, 1)]
    [InlineData("""{"remainingQueries":1,"totalQueries":5,"windowSizeSeconds":"long"}""", 1, 5, 0, 0)]
    public void A_window_is_read_and_kept_within_its_limit(string json, int remaining, int limit, int window, int wait)
    {
        var read = RateLimitAnswer.Read(Encoding.UTF8.GetBytes(json))!;

        Assert.Equal((remaining, limit, window, wait), (read.Remaining, read.Limit, read.WindowSeconds, read.WaitSeconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("<html></html>")]
    [InlineData("""{"remainingQueries":3}""")]
    [InlineData("""{"totalQueries":3}""")]
    [InlineData("""{"remainingQueries":"3","totalQueries":3}""")]
    [InlineData("""{"remainingQueries":3,"totalQueries":3""")]
    [InlineData("""{"r\ud800mainingQueriesAndMuchMore":3,"totalQueries":3}""")]
    public void What_lacks_a_number_is_no_window(string json) => Assert.Null(RateLimitAnswer.Read(Encoding.UTF8.GetBytes(json)));
}
