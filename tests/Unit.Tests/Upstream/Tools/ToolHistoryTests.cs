using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>How calls and results of earlier turns are told to the model.</summary>
public sealed class ToolHistoryTests
{
    [Fact]
    public void Several_results_are_told_apart_by_name_and_id()
    {
        var calls = Said("assistant");
        calls.ToolCalls = ByteString.CopyFromUtf8(
            """[{"id":"call_1","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}},{"id":"call_2","type":"function","function":{"name":"sub","arguments":"{\"a\":2}"}}]""");
        Assert.Equal(
            """
            user: Go

            assistant: <tool_call>{"name":"add","arguments":{"a":1}}</tool_call>
            <tool_call>{"name":"sub","arguments":{"a":2}}</tool_call>

            user: tool (sub, call_2): two

            tool (add, call_1): one, in parts
            """.ReplaceLineEndings("\n"),
            MessageFlattening.Flatten([Said("user", "Go"), calls, Result("call_2", "two"), Result("call_1", "one, ", "in parts")]));
    }

    [Fact]
    public void A_result_without_its_call_stays_a_result() =>
        Assert.Equal("user: Go\n\ntool (unknown, call_9): 42", MessageFlattening.Flatten([Said("user", "Go"), Result("call_9", "42")]));

    [Theory]
    [InlineData("""{\"a\": 1,}""", """{"a":1}""")]
    [InlineData("""{\"a\": \"x""", """{"a":"x"}""")]
    [InlineData(@"\""{\\\""a\\\"":1}\""", "{\"a\":1}")]
    [InlineData("""[1]""", "[1]")]
    [InlineData(@"\""x\""", "\"x\"")]
    public void Arguments_that_an_earlier_answer_broke_are_mended(string arguments, string expected) =>
        Assert.Contains($"\"arguments\":{expected}}}</tool_call>", Flattened("""{"function":{"name":"f","arguments":"ARGS"}}""".Replace("ARGS", arguments, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"function":{"name":"f","arguments":{"a":1}}}""", """{"name":"f","arguments":{"a":1}}""")]
    [InlineData("""{"function":{"name":"f"}}""", """{"name":"f","arguments":{}}""")]
    [InlineData("""{"function":{"arguments":"{}"}}""", """{"name":"unknown_tool","arguments":{}}""")]
    [InlineData("""{"name":"f","arguments":"{}"}""", """{"name":"f","arguments":{}}""")]
    [InlineData("""null""", """{"name":"unknown_tool","arguments":{}}""")]
    [InlineData("""{"function":{"name":"\ud83d","arguments":"{\"a\":\"\\ud83d\"}"}}""", "{\"name\":\"\uFFFD\",\"arguments\":{\"a\":\"\\ud83d\"}}")]
    public void Calls_that_are_not_quite_calls_are_told_as_well_as_can_be(string call, string expected) =>
        Assert.Equal("Go\n\nassistant: <tool_call>" + expected + "</tool_call>", Flattened(call));

    private static string Flattened(string call)
    {
        var message = Said("assistant");
        message.ToolCalls = ByteString.CopyFromUtf8($"[{call}]");
        return MessageFlattening.Flatten([Said("user", "Go"), message]);
    }

    private static Message Result(string id, params string[] texts)
    {
        var message = Said("tool", texts);
        message.ToolCallId = id;
        return message;
    }

    private static Message Said(string role, params string[] texts)
    {
        var message = new Message { Role = role };
        message.Parts.Add(texts.Select(t => new Part { Text = t }));
        return message;
    }
}
