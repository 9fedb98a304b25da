using System.Text;
using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>How arguments are checked and mended by the schema of their tool.</summary>
public sealed class ArgumentSchemaTests
{
    private const string Schema =
        """
        {"type":"object","required":["city"],"additionalProperties":false,"properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":1},"wind":{"type":"boolean"},
        "tags":{"type":"array","items":{"type":"string"}},"where":{"$ref":"#/$defs/place"},"unit":{"const":"C"},"note":{"type":["string","null"]}},"$defs":{"place":{"type":"object","properties":{"lat":{"type":"number"}},"required":["lat"]}}}
        """;

    [Theory]
    [InlineData("""{"city":"Paris","days":2,"wind":true,"tags":["a"],"where":{"lat":1.5},"unit":"C","note":null}""")]
    [InlineData("""{"city":"Paris"}""")]
    public void Arguments_that_fit_pass_as_they_are(string arguments)
    {
        var check = Check(Schema, arguments);
        Assert.Null(check.Mended);
        Assert.Null(check.Note);
    }

    [Theory]
    [InlineData("""{"city":"Paris","days":"2"}""", """{"city":"Paris","days":2}""")]
    [InlineData("""{"city":75001}""", """{"city":"75001"}""")]
    [InlineData("""{"city":"Paris","wind":"true"}""", """{"city":"Paris","wind":true}""")]
    [InlineData("""{"city":"Paris","tags":"a"}""", """{"city":"Paris","tags":["a"]}""")]
    [InlineData("""{"city":"Paris","tags":"[\"a\",\"b\"]"}""", """{"city":"Paris","tags":["a","b"]}""")]
    public void A_value_in_the_wrong_type_is_mended(string arguments, string mended)
    {
        var check = Check(Schema, arguments);
        Assert.Equal(mended, Encoding.UTF8.GetString(check.Mended!));
        Assert.Null(check.Note);
    }

    [Theory]
    [InlineData("""{"days":2}""")]
    [InlineData("""{"city":"Paris","days":0}""")]
    [InlineData("""{"city":"Paris","unit":"F"}""")]
    [InlineData("""{"city":"Paris","what":1}""")]
    [InlineData("""{"city":"Paris","where":{}}""")]
    public void What_cannot_be_mended_passes_with_a_note(string arguments)
    {
        var check = Check(Schema, arguments);
        Assert.Null(check.Mended);
        Assert.Contains("do not fit", check.Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"$ref":"http://127.0.0.1:9/schema.json"}""")]
    [InlineData("""{"$ref":"file:///etc/passwd"}""")]
    [InlineData("""{"$ref":"#/nowhere"}""")]
    [InlineData("""{"type":17}""")]
    [InlineData("""{"properties":[]}""")]
    [InlineData("[]")]
    [InlineData("true")]
    [InlineData("""{"type":"object","properties":{"a":{"pattern":"(?<=("}}}""")]
    public void A_schema_that_cannot_be_checked_lets_everything_pass(string schema)
    {
        var check = Check(schema, """{"a":"x"}""");
        Assert.Equal((null, null), (check.Mended, check.Note));
    }

    [Fact]
    public void What_was_sent_is_not_mended()
    {
        var tool = new DeclaredTool("f", "", JsonDocument.Parse(Schema).RootElement);
        var check = ArgumentSchema.Check(tool, """{"city":1}"""u8, mayMend: false);
        Assert.Null(check.Mended);
        Assert.NotNull(check.Note);
    }

    [Theory]
    [InlineData("""{"properties":{"a":{"type":"string","pattern":"^[A-Z]{2}\\d+$"}}}""", "AB12", "ab12")]
    [InlineData("""{"properties":{"a":{"type":"string","format":"date-time"}}}""", "2026-11-23T10:00:00Z", "tomorrow")]
    [InlineData("""{"properties":{"a":{"type":"string","format":"email"}}}""", "a@example.com", "a at example.com")]
    [InlineData("""{"properties":{"a":{"type":"string","format":"uuid"}}}""", "0b9fd6a1-5f6e-4a3c-9a5c-0d2b7c6f1e11", "0b9fd6a1")]
    [InlineData("""{"properties":{"a":{"type":"string","pattern":"^a","format":"ipv4","allOf":[{"maxLength":20}]}}}""", null, "10.0.0.1")]
    [InlineData("""{"properties":{"a":{"anyOf":[{"pattern":"^x"},{"pattern":"y$"}]}}}""", "ay", "az")]
    public void Patterns_and_formats_are_checked(string schema, string? fits, string doesNot)
    {
        if (fits is not null)
            Assert.Null(Check(schema, $$"""{"a":"{{fits}}"}""").Note);
        Assert.Contains("#/a", Check(schema, $$"""{"a":"{{doesNot}}"}""").Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(?<=a)b")]
    [InlineData("(a{1000}){1000}")]
    [InlineData("[")]
    public void No_pattern_takes_longer_than_its_text_is_long(string pattern)
    {
        var schema = JsonSerializer.Serialize(new { properties = new { a = new { type = "string", pattern } } });
        Check(schema, $$"""{"a":"{{new string('a', 50_000)}}!"}""");
    }

    [Theory]
    [InlineData("""{"a":12345678901234567890123,"b":1.5e3,"c":[true,false,null,"\u00e9\n"],"d":{}}""", true)]
    [InlineData("""{"a":"x","b":1.5e3,"c":[true,false,null,"\u00e9\n"],"d":{}}""", false)]
    [InlineData("""{"a":1,"b":1.5e3,"c":[true,false,null,"e\n"],"d":{}}""", false)]
    [InlineData("""{"a":1,"b":1.5e3,"c":[true,false,null,"\u00e9\n"],"d":[]}""", false)]
    [InlineData("""{"a":"x","a":1,"b":1500,"c":[true,false,null,"\u00e9\n"],"d":{}}""", true)]
    public void Values_of_every_kind_are_read_as_they_are(string arguments, bool fits)
    {
        const string schema = """{"properties":{"a":{"type":"integer"},"b":{"const":1500.0},"c":{"enum":[[true,false,null,"é\n"]]},"d":{"type":"object"}},"required":["a","b","c","d"]}""";
        Assert.Equal(fits, Check(schema, arguments).Note is null);
    }

    private static ArgumentCheck Check(string schema, string arguments) =>
        ArgumentSchema.Check(new DeclaredTool("f", "", JsonDocument.Parse(schema).RootElement), Encoding.UTF8.GetBytes(arguments), mayMend: true);
}
