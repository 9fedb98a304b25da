using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Structured;

namespace GrokForge.Unit.Tests.Upstream.Structured;

public sealed class SchemaShapeTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":["string","null"]}},"required":["a"],"additionalProperties":false}""")]
    [InlineData("""{"$ref":"#/$defs/a~1b","$defs":{"a/b":{"enum":[1,null]}}}""")]
    [InlineData("""{"anyOf":[{"type":"null"},true,{"items":{"type":"integer"}}],"title":null}""")]
    [InlineData("true")]
    public void A_schema_passes(string schema) => Assert.Null(ProblemOf(schema));

    [Theory]
    [InlineData("[]", "")]
    [InlineData("""{"type":"int"}""", ".type")]
    [InlineData("""{"type":[]}""", ".type")]
    [InlineData("""{"properties":[]}""", ".properties")]
    [InlineData("""{"properties":{"a":{"properties":{"b":{"type":5}}}}}""", ".properties.a.properties.b.type")]
    [InlineData("""{"anyOf":[{"type":"string"},{"items":7}]}""", ".anyOf[1].items")]
    [InlineData("""{"anyOf":[]}""", ".anyOf")]
    [InlineData("""{"required":"a"}""", ".required")]
    [InlineData("""{"enum":[]}""", ".enum")]
    [InlineData("""{"$ref":"#/$defs/none"}""", ".$ref")]
    [InlineData("""{"$ref":"https://example.com/schema"}""", ".$ref")]
    public void A_mistake_is_named_by_its_path(string schema, string path) => Assert.Equal(path, ProblemOf(schema)?.Path);

    private static SchemaProblem? ProblemOf(string schema)
    {
        using var document = JsonDocument.Parse(schema);
        return SchemaShape.Problem(document.RootElement);
    }
}
