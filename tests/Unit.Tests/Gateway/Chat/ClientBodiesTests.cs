using System.Text;
using System.Text.Json;
using static GrokForge.Unit.Tests.Gateway.Chat.Bodies;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ClientBodiesTests
{
    [Fact]
    public void Open_WebUI_is_understood()
    {
        var request = Accepted(ClientBodies.OpenWebUi);
        Assert.Equal("user: Hi\nuser: What is this?<messages[3].content[1].image_url>", Told(request));
        Assert.Equal((true, true, 1000), (request.Stream, request.IncludeUsage, request.MaxTokens));
        Assert.Equal(["###"], request.Stop);
    }

    [Fact]
    public void LobeChat_is_understood()
    {
        var request = Accepted(ClientBodies.LobeChat);
        Assert.Equal(
            """
            system: You are helpful.
            user: Search it
            assistant:  [{"function":{"arguments":"{\"q\":\"x\"}","name":"lobe-web____search"},"id":"call_1","type":"function"}]
            tool: [{"title":"T"}] (call_1)
            """.ReplaceLineEndings("\n"),
            Told(request));
        Assert.Equal("lobe-web____search", request.Messages[3].Name);
        Assert.Equal("""[{"type":"function","function":{"name":"lobe-web____search","description":"Searches.","parameters":{"properties":{"q":{"type":"string"}},"required":["q"],"type":"object"}}}]""", Text(request.Tools));
        Assert.Equal((1, 1, true), (request.Temperature, request.TopP, request.IncludeUsage));
    }

    [Fact]
    public void NextChat_is_understood()
    {
        var request = Accepted(ClientBodies.NextChat);
        Assert.Equal("system: \nYou are ChatGPT.\n\nuser: Hi", Told(request));
        Assert.Equal((0.5, 4000, true, false), (request.Temperature, request.MaxTokens, request.Stream, request.IncludeUsage));
    }

    [Fact]
    public void Cherry_Studio_is_understood()
    {
        var request = Accepted(ClientBodies.CherryStudio);
        Assert.Equal("system: Be brief.\nuser: Read it<messages[1].content[1].file.file_data>", Told(request));
        Assert.Equal(("medium", null), (request.ReasoningEffort, request.MaxTokens));
        Assert.Equal(("a.txt", "Hi"), (request.Messages[1].Parts[1].Attachment!.Name, Encoding.UTF8.GetString(request.Messages[1].Parts[1].Attachment!.Bytes.Span)));
    }

    [Fact]
    public void Cursor_is_understood_in_both_shapes()
    {
        var chat = Accepted(ClientBodies.CursorChat);
        Assert.Equal(
            """
            system: You are an agent.
            user: Fix it
            assistant:  [{"id":"c1","type":"function","function":{"name":"Read","arguments":"{\"path\":\"a.cs\"}"}}]
            tool: class A; (c1)
            """.ReplaceLineEndings("\n"),
            Told(chat));

        var responses = Accepted(ClientBodies.CursorResponses);
        Assert.Equal(Told(chat).Replace("assistant:  [", "assistant: I read. [", StringComparison.Ordinal), Told(responses));
        Assert.Equal(("auto", "high", true), (JsonSerializer.Deserialize<string>(responses.ToolChoice), responses.ReasoningEffort, responses.Stream));
        Assert.Equal(["Read", "ApplyPatch"], ToolNames(chat.Tools!));
        Assert.Equal(["Read", "ApplyPatch"], ToolNames(responses.Tools!));
    }

    [Fact]
    public void The_SDKs_of_OpenAI_are_understood()
    {
        var request = Accepted(ClientBodies.OpenAiSdk);
        Assert.Equal("developer: Be brief.\nuser: Hi\nassistant: Hello\nuser: Tell me of Ann", Told(request));
        Assert.StartsWith("""{"type":"json_schema","json_schema":{"name":"person","schema":{"type":"object",""", Text(request.ResponseFormat), StringComparison.Ordinal);
        Assert.Equal((200, 1, null), (request.MaxTokens, request.Choices, request.Stream));
    }

    [Fact]
    public void The_AI_SDK_is_understood()
    {
        var request = Accepted(ClientBodies.AiSdk);
        Assert.Equal(
            """
            system: Be brief.
            user: Weather?
            assistant:  [{"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bonn\"}"}}]
            tool: {"t":21} (c1)
            """.ReplaceLineEndings("\n"),
            Told(request));
        Assert.Equal("""{"type":"function","function":{"name":"weather"}}""", Text(request.ToolChoice));
        Assert.Equal(["\n\n"], request.Stop);
    }

    [Fact]
    public void LangChain_is_understood()
    {
        var request = Accepted(ClientBodies.LangChain);
        Assert.Equal("tool: 42 (c1)", Told(request).Split('\n')[^1]);
        Assert.Equal("times", request.Messages[3].Name);
        Assert.Equal((false, false, "\"required\""), (request.Stream, request.ParallelToolCalls, Text(request.ToolChoice)));
    }

    private static IEnumerable<string?> ToolNames(byte[] tools) =>
        JsonDocument.Parse(tools).RootElement.EnumerateArray().Select(t => t.GetProperty("function").GetProperty("name").GetString());
}
