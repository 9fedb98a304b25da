using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Structured;

namespace GrokForge.Unit.Tests.Upstream.Structured;

public sealed class JsonSearchTests
{
    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("  [1, 2]\n", "[1, 2]")]
    [InlineData("\"text\"", "\"text\"")]
    [InlineData("```json\n{\"a\":\"```\"}\n```", "{\"a\":\"```\"}")]
    [InlineData("```\n{\"a\":1}", "{\"a\":1}")]
    [InlineData("In {braces}: {\"a\":{\"b\":[]}} done", "{\"a\":{\"b\":[]}}")]
    [InlineData("{\"a\":1}{\"a\":2}", "{\"a\":2}")]
    [InlineData("{}", "{}")]
    [InlineData("{}{\"a\":1}", "{\"a\":1}")]
    [InlineData("An empty {} would be wrong, so: {\"a\":1} it is, not { } or [].", "{\"a\":1}")]
    [InlineData("For {\"a\":0} it is {\"a\":1,\"b\":[]}, not {\"b\":1}", "{\"a\":1,\"b\":[]}")]
    [InlineData("Of {\"given\":[1,2,3],\"twice\":true}:\n```json\n{\"a\":1}\n```\nDone.", "{\"a\":1}")]
    [InlineData("An empty {} would be wrong, so: {'a': 1, 'b': [2,],}", "{\"a\":1,\"b\":[2]}")]
    [InlineData("{\"a\": {\"b\":1}, \"c\": \"cut o", "{\"a\":{\"b\":1},\"c\":\"cut o\"}")]
    [InlineData("Here: {a: {\"b\":1}, c: [{\"d\":2}],}", "{\"a\":{\"b\":1},\"c\":[{\"d\":2}]}")]
    [InlineData("I use {curly: braces and \\frac{1}{2} there, and here {\"a\":1}", "{\"a\":1}")]
    [InlineData("[{\"a\":1},{\"a\":2},]", "[{\"a\":1},{\"a\":2}]")]
    [InlineData("Nothing applies: {}", "{}")]
    public void The_first_candidate_is_the_likeliest(string text, string json) =>
        Assert.Equal(json, JsonSearch.Candidates(text).First());

    [Fact]
    public void The_last_of_many_is_found_behind_braces_that_are_no_json()
    {
        var prose = string.Concat(Enumerable.Repeat("\\frac{1}{2} {x} {} if (a) { b(); } ", 1000));
        Assert.Equal("{\"a\":1}", JsonSearch.Candidates(prose + "so {\"a\":1}").First());
    }

    [Theory]
    [InlineData("no json at all")]
    [InlineData("")]
    [InlineData("5 apples")]
    [InlineData("{braces} and [brackets], and one more {")]
    public void Prose_holds_none(string text) => Assert.Empty(JsonSearch.Candidates(text));

    [Theory]
    [InlineData("{'a': 1,}")]
    [InlineData("{\"a\": \"cut o")]
    [InlineData("{{{{{{{{")]
    [InlineData("[[[[\"\\ud83d")]
    public void What_comes_out_is_always_json(string text)
    {
        foreach (var candidate in JsonSearch.Candidates(text))
            JsonDocument.Parse(candidate).Dispose();
    }
}
