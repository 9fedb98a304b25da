using System.Text;
using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream.Tools;

public sealed class SchemaCostTests
{
    private const string Tree = """{"type":"object","properties":{"kids":{"type":"array","items":{"$ref":"#"}},"name":{"type":"string"}}}""";

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"object"}]}""")]
    [InlineData("""{"not":{"$ref":"#"}}""")]
    [InlineData("""{"allOf":[{"oneOf":[{"$ref":"#/allOf/0"}]}]}""")]
    [InlineData("""{"properties":{"a":{"$ref":"#/properties/b"},"b":{"anyOf":[{"$ref":"#/properties/a"}]}}}""")]
    [InlineData("""{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}},"$ref":"#/$defs/a"}""")]
    public void A_schema_that_leads_to_itself_is_not_checked(string schema) => Assert.Null(Check(schema));

    [Fact]
    public void A_schema_that_doubles_at_every_step_is_not_checked()
    {
        var steps = string.Concat(Enumerable.Range(0, 60).Select(i => $"\"s{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/s{i + 1}\"}},{{\"$ref\":\"#/$defs/s{i + 1}\"}}]}},"));
        Assert.Null(Check("{\"$ref\":\"#/$defs/s0\",\"$defs\":{" + steps + "\"s60\":{\"type\":\"string\"}}}")?.Judge("5"u8).Objection);
    }

    [Fact]
    public void A_schema_of_very_many_references_is_not_checked() => Assert.Null(Check(
        "{\"properties\":{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"p{i}\":{{\"$ref\":\"#/$defs/a\"}}")) + "},\"$defs\":{\"a\":{\"type\":\"string\"}}}"));

    [Fact]
    public void A_tree_is_checked() => Assert.NotNull(Check(Tree)!.Judge("""{"kids":[{"kids":[{"name":5}]}]}"""u8).Objection);

    [Fact]
    public void A_tree_of_alternatives_is_checked_as_long_as_it_is_not_deep()
    {
        const string node = """{"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":{"a":{"type":"object","required":["a"],"properties":{"a":{"$ref":"#"}}},"b":{"type":"object","required":["a"],"properties":{"a":{"$ref":"#"},"b":{"type":"null"}}}}}""";
        var check = Check(node)!;
        Assert.NotNull(check.Judge("""{"a":{"a":5}}"""u8).Objection);
        Assert.Null(check.Judge(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 50)) + "5" + new string('}', 50))).Objection);
    }

    [Theory]
    [InlineData("""{"type":"object","patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}""", """{"x-a":"b"}""", true)]
    [InlineData("""{"type":"object","required":["a"],"patternProperties":{"^x-":{}},"additionalProperties":false}""", """{"x-a":"b"}""", false)]
    [InlineData("""{"type":"object","additionalProperties":false}""", """{"x-a":"b"}""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}],"items":false}""", """["a",1]""", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"},{"type":"number"}],"items":false}""", """["a",1,2]""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1,2]""", true)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}],"items":{"type":"number"}}""", """["a",1,"b"]""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}]}""", """[5]""", false)]
    [InlineData("""{"type":"array","prefixItems":[{"type":"string"}]}""", """["a",{}]""", true)]
    [InlineData("""{"type":"array","items":[{"const":"a"},true],"additionalItems":false}""", """["a",5]""", true)]
    [InlineData("""{"type":"array","items":[{"const":"a"},true],"additionalItems":false}""", """["b",5]""", false)]
    public void Patterns_of_names_and_tuples_are_understood(string schema, string json, bool fits)
    {
        var verdict = Check(schema)!.Judge(Encoding.UTF8.GetBytes(json));
        Assert.Equal((true, fits), (verdict.IsChecked, verdict.Objection is null));
    }

    private static SchemaCheck? Check(string schema) => SchemaCheck.Of(JsonDocument.Parse(schema).RootElement);
}
