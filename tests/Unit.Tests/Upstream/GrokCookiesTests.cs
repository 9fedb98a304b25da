using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class GrokCookiesTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("__cf_bm=x; cf_clearance=a", "", "; __cf_bm=x; cf_clearance=a")]
    [InlineData("", "b", "; cf_clearance=b")]
    [InlineData("", "cf_clearance=b;", "; cf_clearance=b")]
    [InlineData("cf_clearance=a; __cf_bm=x", "b", "; cf_clearance=b; __cf_bm=x")]
    [InlineData("__cf_bm=x; ", "b", "; __cf_bm=x; cf_clearance=b")]
    [InlineData("xcf_clearance=a", "b", "; cf_clearance=b")]
    [InlineData("CF_CLEARANCE=a;cf_clearance=c", "b", "; cf_clearance=b")]
    [InlineData("__cf_bm=x; __CF_BM=y; _cfuvid=z; cf_chl_rc_ni=1", "", "; __cf_bm=x; _cfuvid=z; cf_chl_rc_ni=1")]
    [InlineData("sso=evil; session=1; __cf_bm=; _cfuvid=a\u0001b; =x; novalue", "", "")]
    public void Only_cloudflares_cookies_join_and_each_once(string cookies, string clearance, string expected) =>
        Assert.Equal("sso=tok; sso-rw=tok" + expected, GrokCookies.Header("tok", new ProxyOptions { CfCookies = cookies, CfClearance = clearance }));

    [Theory]
    [InlineData(" tok ")]
    [InlineData("sso=tok")]
    [InlineData("sso=tok; Path=/; sso-rw=other")]
    [InlineData("t\r\no\0k")]
    public void A_pasted_token_is_cleaned(string pasted) => Assert.Equal("sso=tok; sso-rw=tok", GrokCookies.Header(pasted, new ProxyOptions()));

    [Fact]
    public void An_oversized_cookie_is_left_out() =>
        Assert.Equal("sso=tok; sso-rw=tok", GrokCookies.Header("tok", new ProxyOptions { CfCookies = "__cf_bm=" + new string('x', 5000) }));
}
