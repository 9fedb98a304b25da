using GrokForge.ServiceDefaults.Telemetry;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Parsing;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class SecretMaskTests
{
    [Theory]
    [InlineData("key gf-0123456789abcdef0123456789abcdef0123456789abcdef failed", "key gf-*** failed")]
    [InlineData("Cookie: sso=hunter2; sso-rw=hunter2; other=1", "Cookie: sso=***; sso-rw=***; other=1")]
    [InlineData("cf_clearance=hunter2.abc-1; path=/", "cf_clearance=***; path=/")]
    [InlineData("Authorization: Bearer hunter2hunter2", "Authorization: Bearer ***")]
    [InlineData("proxy http://user:hunter2@10.0.0.1:8080 refused", "proxy http://***@10.0.0.1:8080 refused")]
    [InlineData("socks5h://hunter2@proxy.example:1080", "socks5h://***@proxy.example:1080")]
    [InlineData("Host=db;Username=u;Password=hunter2;Database=f", "Host=db;Username=u;Password=***;Database=f")]
    [InlineData("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.c2ln was refused", "token eyJ*** was refused")]
    public void Secrets_are_masked(string text, string expected) => Assert.Equal(expected, SecretMask.Apply(text));

    [Theory]
    [InlineData("The bearer token is missing.")]
    [InlineData("GET http://localhost:8080/v1/models?limit=3 answered 200")]
    [InlineData("Processor=x86; a=b")]
    [InlineData("mail@example.org wrote")]
    public void Plain_words_stay(string text) => Assert.Equal(text, SecretMask.Apply(text));

    [Fact]
    public void Properties_and_exceptions_are_masked_and_the_line_stays_JSON()
    {
        var log = new LogEvent(
            TimeProvider.System.GetUtcNow(), LogEventLevel.Error, new InvalidOperationException("refused sso=hunter2"), new MessageTemplateParser().Parse("Calling {Address}"),
            [new LogEventProperty("Address", new ScalarValue("http://user:hunter2@proxy/?q=\"1\""))]);
        using var line = new StringWriter();

        new MaskingFormatter(new RenderedCompactJsonFormatter()).Format(log, line);

        Assert.DoesNotContain("hunter2", line.ToString(), StringComparison.Ordinal);
        using var json = System.Text.Json.JsonDocument.Parse(line.ToString());
        Assert.Contains("***", json.RootElement.GetProperty("Address").GetString(), StringComparison.Ordinal);
    }

    [Theory, InlineData("a", true), InlineData("", false), InlineData(null, false), InlineData("two words", false), InlineData("tab\t", false), InlineData("é", false), InlineData("~!", true)]
    public void A_request_id_is_visible_ASCII(string? id, bool sane) => Assert.Equal(sane, RequestId.IsSane(id));

    [Theory, InlineData(128, true), InlineData(129, false)]
    public void A_request_id_has_at_most_128_characters(int length, bool sane) => Assert.Equal(sane, RequestId.IsSane(new string('x', length)));
}
