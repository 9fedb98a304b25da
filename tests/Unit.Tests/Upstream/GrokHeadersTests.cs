using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class GrokHeadersTests
{
    [Fact]
    public void Defaults_are_a_plain_browsers()
    {
        var headers = Headers(new SettingsSnapshot());
        Assert.Equal("*/*", headers["Accept"]);
        Assert.Equal("gzip, deflate, br", headers["Accept-Encoding"]);
        Assert.Equal("https://grok.com", headers["Origin"]);
        Assert.Equal("https://grok.com/", headers["Referer"]);
        Assert.Equal("u=1, i", headers["Priority"]);
        Assert.Equal("same-origin", headers["Sec-Fetch-Site"]);
        Assert.Contains("Chrome/146.0.0.0", headers["User-Agent"], StringComparison.Ordinal);
        Assert.Contains("\"Google Chrome\";v=\"146\"", headers["Sec-Ch-Ua"], StringComparison.Ordinal);
        Assert.Equal("?0", headers["Sec-Ch-Ua-Mobile"]);
        Assert.Equal("\"Windows\"", headers["Sec-Ch-Ua-Platform"]);
        Assert.DoesNotContain("Baggage", headers.Keys);
        Assert.DoesNotContain("x-statsig-id", headers.Keys);
    }

    [Fact]
    public void Every_request_has_its_own_id()
    {
        var ids = Enumerable.Range(0, 3).Select(_ => Headers(new SettingsSnapshot())["x-xai-request-id"]).ToList();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal('4', Guid.Parse(id).ToString()[14]));
    }

    [Fact]
    public void The_operators_table_has_the_last_word()
    {
        var headers = Headers(new SettingsSnapshot
        {
            Upstream = new UpstreamOptions
            {
                WebBaseUrl = "http://localhost:81/base",
                Headers = new() { ["accept-language"] = "de", ["Priority"] = "", ["x-statsig-id"] = "own", ["Cookie"] = "sso=evil" },
            },
        });
        Assert.Equal("de", headers["Accept-Language"]);
        Assert.DoesNotContain("Priority", headers.Keys);
        Assert.Equal("own", headers["x-statsig-id"]);
        Assert.DoesNotContain("Cookie", headers.Keys);
        Assert.Equal("http://localhost:81", headers["Origin"]);
    }

    [Theory]
    [InlineData("chrome_131", "", "131", "Windows")]
    [InlineData("edge_140", "", "140", "Windows")]
    [InlineData("chrome_146", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", "120", "Linux")]
    public void Client_hints_agree_with_the_user_agent(string browser, string agent, string version, string platform)
    {
        var headers = Headers(new SettingsSnapshot { Proxy = new ProxyOptions { Browser = browser, UserAgent = agent } });
        Assert.Contains($"\"Chromium\";v=\"{version}\"", headers["Sec-Ch-Ua"], StringComparison.Ordinal);
        Assert.Equal($"\"{platform}\"", headers["Sec-Ch-Ua-Platform"]);
        Assert.Contains("Chrome/" + version, headers["User-Agent"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("firefox_147", "")]
    [InlineData("safari_26", "")]
    [InlineData("chrome_146", "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")]
    public void Other_browsers_send_no_hints(string browser, string agent)
    {
        var headers = Headers(new SettingsSnapshot { Proxy = new ProxyOptions { Browser = browser, UserAgent = agent } });
        Assert.DoesNotContain(headers.Keys, name => name.StartsWith("Sec-Ch-Ua", StringComparison.OrdinalIgnoreCase));
    }

    private static Dictionary<string, string> Headers(SettingsSnapshot settings)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/");
        GrokHeaders.Apply(request, settings);
        return request.Headers.NonValidated.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
    }
}
