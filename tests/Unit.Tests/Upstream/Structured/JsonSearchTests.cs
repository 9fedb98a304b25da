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
    [InlineData("{\"a\":1}{\"a\":2}", "{\"a\":1}")]
    public void The_first_candidate_is_the_likeliest(string text, string json) => Assert.Equal(json, JsonSearch.Candidates(text).First());

    [Theory]
    [InlineData("no json at all")]
    [InlineData("")]
    [InlineData("5 apples")]
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
