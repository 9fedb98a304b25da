using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Structured;

namespace GrokForge.Unit.Tests.Upstream.Structured;

public sealed class RootTypesTests
{
    [Theory]
    [InlineData("""{"type":"object"}""", "{}", true)]
    [InlineData("""{"type":"object"}""", "[]", false)]
    [InlineData("""{"type":["array","null"]}""", "null", true)]
    [InlineData("""{"type":["array","null"]}""", "\"x\"", false)]
    [InlineData("""{"type":"integer"}""", "-5", true)]
    [InlineData("""{"type":"boolean"}""", "5", false)]
    [InlineData("""{"$ref":"#/$defs/a","$defs":{"a":{"type":"array"}}}""", "{}", false)]
    [InlineData("""{"anyOf":[{"type":"object"},{"$ref":"#/$defs/a"}],"$defs":{"a":{"type":"array"}}}""", "[1]", true)]
    [InlineData("""{"anyOf":[{"type":"object"},{"$ref":"#/$defs/a"}],"$defs":{"a":{"type":"array"}}}""", "1", false)]
    [InlineData("""{"anyOf":[{"type":"object"},{"minimum":3}]}""", "1", true)]
    [InlineData("""{"$ref":"#"}""", "1", true)]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}""", "1", true)]
    [InlineData("true", "1", true)]
    public void A_value_is_of_a_type_that_its_schema_says_plainly(string schema, string json, bool allowed) =>
        Assert.Equal(allowed, RootTypes.Of(JsonDocument.Parse(schema).RootElement).Allow(json));
}
