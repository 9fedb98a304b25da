using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class MessageFlatteningTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("system:Be brief.", "Be brief.")]
    [InlineData("assistant:Hi", "Hi")]
    [InlineData("user:Hi", "Hi")]
    [InlineData("system:Be brief.|user:Hi|assistant:Hello!|user:What is 2+2?", "system: Be brief.\n\nuser: Hi\n\nassistant: Hello!\n\nWhat is 2+2?")]
    [InlineData("user:A|user:B", "user: A\n\nB")]
    [InlineData("user:A|assistant:B", "A\n\nassistant: B")]
    [InlineData("system:A|developer:B|assistant:C", "system: A\n\ndeveloper: B\n\nassistant: C")]
    public void A_conversation_becomes_one_string(string messages, string expected)
    {
        var list = messages.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(m => Said(m.Split(':', 2)[0], m.Split(':', 2)[1])).ToList();
        Assert.Equal(expected, MessageFlattening.Flatten(list));
    }

    [Fact]
    public void Text_parts_are_joined_without_a_separator() => Assert.Equal("abc", MessageFlattening.Flatten([Said("user", "a", "b", "c")]));

    [Fact]
    public void A_tool_result_speaks_as_the_user_and_is_bare_when_it_is_last()
    {
        var result = Said("tool", "42");
        result.Name = "add";
        result.ToolCallId = "call_1";
        Assert.Equal("user: 2+40?\n\ntool (add, call_1): 42", MessageFlattening.Flatten([Said("user", "2+40?"), result]));
        Assert.Equal("user: 2+40?\n\ntool (unknown, unknown_call): 42", MessageFlattening.Flatten([Said("user", "2+40?"), Said("tool", "42")]));
    }

    [Theory]
    [InlineData("""{\"a\": 1}""", """{"a":1}""")]
    [InlineData("", "{}")]
    [InlineData("no json", "\"no json\"")]
    public void Tool_calls_become_lines_of_json(string arguments, string expected)
    {
        var message = Said("assistant", "Let me see.");
        message.ToolCalls = ByteString.CopyFromUtf8(
            """[{"id":"1","type":"function","function":{"name":"f\"x","arguments":"ARGS"}},{"function":{"name":"g"}}]""".Replace("ARGS", arguments, StringComparison.Ordinal));
        Assert.Equal(
            "Go\n\nassistant: Let me see.\n<tool_call>{\"name\":\"f\\\"x\",\"arguments\":" + expected + "}</tool_call>\n<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call>",
            MessageFlattening.Flatten([Said("user", "Go"), message]));
    }

    private static Message Said(string role, params string[] texts)
    {
        var message = new Message { Role = role };
        message.Parts.Add(texts.Select(t => new Part { Text = t }));
        return message;
    }
}
