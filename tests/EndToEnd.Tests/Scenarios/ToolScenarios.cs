using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Models that do not call as they should: what a client is given all the same.</summary>
public abstract class ToolScenarios(Home home) : HomeScenarios(home)
{
    private const string Call = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>";
    private const string Named = """{"type":"function","function":{"name":"get_weather"}}""";

    [Theory]
    [InlineData(false, "\"required\"")]
    [InlineData(true, "\"required\"")]
    [InlineData(false, Named)]
    [InlineData(true, Named)]
    public async Task A_model_that_does_not_call_what_it_must_is_corrected_unseen(bool stream, string choice)
    {
        Home.Grok.ForAnyToken.Next(Answer.Text("It is sunny.")).Respond(Answer.Text(Call).CutEvery(7));
        var told = await AskAsync(stream, choice);
        Assert.Equal(("tool_calls", ""), (told.Reason, told.Content));
        Assert.Equal("get_weather", Assert.Single(told.Calls).Name);
        Assert.Equal("Paris", City(told.Calls[0].Arguments));
        Assert.Equal(2, Home.Grok.Chats.Count);
        Assert.All(Home.Grok.Chats, chat => Assert.Contains("get_weather", chat.Message, StringComparison.Ordinal));
        Assert.Contains("assistant: It is sunny.", Home.Grok.Chats[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_never_calls_is_quoted(bool stream)
    {
        Home.Grok.ForAnyToken.Next(Answer.Text("It is sunny.")).Respond(Answer.Text("Still sunny."));
        var told = await AskAsync(stream, "\"required\"");
        Assert.Equal(("stop", "It is sunny."), (told.Reason, told.Content));
        Assert.Empty(told.Calls);
        Assert.Equal(2, Home.Grok.Chats.Count);
    }

    [Theory]
    [InlineData(false, "<tool_call>\n```json\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n```\n</tool_call>")]
    [InlineData(true, "<tool_call>\n```json\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n```\n</tool_call>")]
    [InlineData(false, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\",}}</tool_call>")]
    [InlineData(true, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\",}}</tool_call>")]
    [InlineData(false, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}</tool_call>")]
    [InlineData(true, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}</tool_call>")]
    [InlineData(false, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}")]
    [InlineData(true, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}")]
    [InlineData(false, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"")]
    [InlineData(true, "<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"")]
    public async Task A_faulty_or_unfinished_call_is_mended(bool stream, string said)
    {
        Home.Grok.ForAnyToken.Respond(Answer.Text(said).CutEvery(5));
        var told = await AskAsync(stream, "\"auto\"");
        Assert.Equal(("tool_calls", ""), (told.Reason, told.Content));
        Assert.Equal(("get_weather", "Paris"), (Assert.Single(told.Calls).Name, City(told.Calls[0].Arguments)));
    }

    [Theory]
    [InlineData(false, "<tool_call>{\"name\": \"launch\", \"arguments\": {\"city\": \"Paris\"}}</tool_call>")]
    [InlineData(true, "<tool_call>{\"name\": \"launch\", \"arguments\": {\"city\": \"Paris\"}}</tool_call>")]
    [InlineData(false, "<tool_call>I would rather tell you: Paris is sunny.</tool_call>")]
    [InlineData(true, "<tool_call>I would rather tell you: Paris is sunny.</tool_call>")]
    public async Task An_unknown_tool_or_a_hopeless_call_is_text_without_tags(bool stream, string said)
    {
        Home.Grok.ForAnyToken.Respond(Answer.Text(said).CutEvery(5));
        var told = await AskAsync(stream, "\"auto\"");
        Assert.Empty(told.Calls);
        Assert.Equal("stop", told.Reason);
        Assert.Contains("Paris", told.Content, StringComparison.Ordinal);
        Assert.DoesNotContain("tool_call>", told.Content, StringComparison.Ordinal);
    }

    private static string? City(string arguments) => JsonDocument.Parse(arguments).RootElement.GetProperty("city").GetString();

    private async Task<(List<(string Id, string Name, string Arguments)> Calls, string? Reason, string Content)> AskAsync(bool stream, string choice)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync(
            $$$$"""
            {"model":"grok-4.20-fast","stream":{{{{(stream ? "true" : "false")}}}},"tool_choice":{{{{choice}}}},"messages":[{"role":"user","content":"The weather in Paris?"}],
            "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}]}
            """, Cancelled);
        if (stream)
        {
            var transcript = await SseTranscript.ReadAsync(answer, usageAsked: false, Cancelled);
            var (streamed, ended) = ToleranceScenarios.Streamed(transcript);
            return (streamed, ended, transcript.Content);
        }

        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        var (calls, reason) = ToleranceScenarios.Whole(text);
        return (calls, reason, JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "");
    }
}

/// <summary>Calls of tools in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class ToolsInAllInOne(AllInOneHome home) : ToolScenarios(home);

/// <summary>Calls of tools over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class ToolsOverServices(DistributedHome home) : ToolScenarios(home);
