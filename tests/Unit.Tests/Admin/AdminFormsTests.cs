using System.Text.Json;
using GrokForge.Admin.Config;
using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using Grpc.Core;

namespace GrokForge.Unit.Tests.Admin;

public sealed class AdminFormsTests
{
    [Theory]
    [InlineData("\"a\"", "\"a\"")]
    [InlineData("\"a\\\"b\\\\c\\nd\\u0000\\u007f\"", "\"a\\\"b\\\\c\\u000ad\\u0000\\u007f\"")]
    [InlineData("\"\\ud83d\\ude00é\"", "\"😀é\"")]
    [InlineData("5", "5")]
    [InlineData("0.5", "0.5")]
    [InlineData("true", "true")]
    [InlineData("[\"a\", 1]", "[\"a\", 1]")]
    [InlineData("{\"X-A\": \"b\"}", "{\"X-A\" = \"b\"}")]
    [InlineData("[null]", null)]
    [InlineData("\"\\ud800\"", null)]
    public void A_json_value_is_saved_as_the_toml_it_means(string json, string? toml)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Equal(toml, TomlText.Of(document.RootElement));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("http://proxy:3128", "http://proxy:3128")]
    [InlineData("http://user:pa@ss@proxy:3128", "http://********@proxy:3128")]
    [InlineData("user:pass@proxy:3128", "********@proxy:3128")]
    public void A_proxy_url_is_shown_without_its_credentials(string url, string shown) => Assert.Equal(shown, ProxyUrl.Masked(url));

    [Theory]
    [InlineData("2027-01-31T09:30:00Z", 1801387800L)]
    [InlineData("2027-01-31T11:30:00+02:00", 1801387800L)]
    [InlineData("2027-01-31T09:30:00.123456Z", 1801387800L)]
    [InlineData("2027-01-31T09:30Z", 1801387800L)]
    [InlineData("2027-01-31T09:30:00", null)]
    [InlineData("2027-01-31", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public void A_point_in_time_needs_its_zone(string text, long? seconds) => Assert.Equal(seconds, Instant.Parse(text));

    [Fact]
    public void A_slow_hash_matches_its_password_alone()
    {
        var stored = SlowHash.Of("pässword");
        Assert.NotEqual(stored, SlowHash.Of("pässword"));
        Assert.True(SlowHash.Matches("pässword", stored));
        Assert.False(SlowHash.Matches("password", stored));
        Assert.False(SlowHash.Matches("password", "md5$1$AA==$AA=="));
        Assert.False(SlowHash.Matches("password", ""));
    }

    [Fact]
    public void Every_line_of_a_bad_argument_names_its_field()
    {
        var error = RpcFaults.BadFields(new RpcException(new Status(StatusCode.InvalidArgument, "retry.max_tokens: must be 1 to 20.\napp.port: is needed: before.")));

        Assert.Equal((400, "invalid_value", "retry.max_tokens"), (error.Status, error.Code, error.Param));
        Assert.Equal([new FieldError("retry.max_tokens", "must be 1 to 20."), new FieldError("app.port", "is needed: before.")], error.Errors);
    }

    [Fact]
    public void A_bad_argument_without_a_field_keeps_its_words()
    {
        var error = RpcFaults.BadFields(new RpcException(new Status(StatusCode.InvalidArgument, "That cannot be.")));
        Assert.Equal(("That cannot be.", null), (error.Message, error.Param));
    }
}
