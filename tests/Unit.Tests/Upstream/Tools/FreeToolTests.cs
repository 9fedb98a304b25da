using System.Text;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>Tools that take free text: told as such, called with the text itself.</summary>
public sealed class FreeToolTests
{
    private const string Declared =
        """
        [{"type":"function","function":{"name":"ApplyPatch","description":"Edits.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}},
        {"type":"custom","custom":{"name":"note","format":{"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}}}},
        {"type":"function","function":{"name":"ping"}}]
        """;

    [Theory]
    [InlineData("Here:\n<invoke name=\"ApplyPatch\">\n<parameter name=\"input\">\n*** Begin Patch\n-a \"b\" \\n <x> é😀\n+c\n*** End Patch\n</parameter>\n</invoke>", "Here:", "*** Begin Patch\n-a \"b\" \\n <x> é😀\n+c\n*** End Patch")]
    [InlineData("<invoke name=\"ApplyPatch\"><parameter name=\"input\"></parameter></invoke>", "", "")]
    [InlineData("<invoke name=\"ApplyPatch\">\n*** Begin Patch\n+c\n</invoke>", "", "*** Begin Patch\n+c")]
    [InlineData("<tool_call>{\"name\": \"ApplyPatch\", \"arguments\": {\"input\": \"a\\n\\\"b\\\" \\ud83d\\ude00\"}}</tool_call>", "", "a\n\"b\" 😀")]
    [InlineData("<tool_call>{\"name\": \"ApplyPatch\", \"arguments\": {\"why\": \"so\", \"input\": \"a\"}}</tool_call>", "", "a")]
    [InlineData("<tool_call>{\"name\": \"ApplyPatch\", \"arguments\": {\"patch\": \"a\\nb\", \"more\": \"c\"}}</tool_call>", "", "a\nb")]
    [InlineData("<tool_call>{\"name\": \"ApplyPatch\", \"arguments\": {\"files\": [\"a\"]}}</tool_call>", "", "{\"files\": [\"a\"]}")]
    [InlineData("<tool_call>{\"name\": \"ApplyPatch\", \"arguments\": \"*** Begin Patch\\n+c\"}</tool_call>", "", "*** Begin Patch\n+c")]
    [InlineData("<tool_call>{\"name\": \"ApplyPatch\", \"arguments\": {\"input\": \"a\nb", "", "a\nb")]
    public void A_call_brings_the_text_itself_however_it_is_cut(string said, string text, string input)
    {
        var bytes = Encoding.UTF8.GetBytes(said);
        for (var split = 0; split <= bytes.Length; split++)
        {
            foreach (var whole in new[] { false, true })
            {
                var parsed = Parsed.Of(Tools(), [bytes[..split], bytes[split..]], whole);
                Assert.Equal(text, parsed.Text);
                Assert.Equal([("ApplyPatch", input)], parsed.Calls);
            }
        }
    }

    [Fact]
    public void The_text_arrives_while_the_model_still_writes_it()
    {
        var output = new CallOutput(Tools(), whole: false);
        var parser = new ToolCallParser(output);
        parser.Feed("<invoke name=\"note\">\n<parameter name=\"input\">\nabc"u8);
        Assert.True(output.TryTake(out var begun));
        Assert.Equal(("note", true), (begun.Tool.Name, begun.Tool.Custom));
        Assert.True(output.TryTake(out var delta));
        Assert.Equal(("abc", true), (delta.Tool.Arguments.ToStringUtf8(), delta.Tool.Custom));
    }

    [Fact]
    public void Calls_of_other_tools_stay_json_and_only_custom_ones_are_custom()
    {
        var output = new CallOutput(Tools(), whole: true);
        var parser = new ToolCallParser(output);
        parser.Feed("<tool_call>{\"name\":\"ping\",\"arguments\":{\"input\":\"a\"}}</tool_call><tool_call>{\"name\":\"note\",\"arguments\":{\"input\":\"a\"}}</tool_call>"u8);
        parser.End();
        List<ToolDelta> deltas = [];
        while (output.TryTake(out var e))
            deltas.Add(e.Tool);
        Assert.Equal(["ping", "{\"input\":\"a\"}", "note", "a"], deltas.Select(d => d.Name + d.Arguments.ToStringUtf8()));
        Assert.Equal([false, false, true, true], deltas.Select(d => d.Custom));
    }

    [Fact]
    public void The_model_is_told_the_grammar_and_the_form_without_escapes()
    {
        var prompt = ToolPrompt.Of(Tools());
        var lines = prompt.Split('\n').SkipWhile(l => l != "<tools>").Skip(1).Take(3).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal("Edits.\n\nThe text must follow this lark grammar:\nstart: x", lines[0].GetProperty("description").GetString());
        Assert.Contains("regex grammar:\na+", lines[1].GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal([true, true, false], lines.Select(l => l.TryGetProperty("input", out _)));
        Assert.Contains("<parameter name=\"input\">\nTEXT\n</parameter>", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("TEXT", ToolPrompt.Of(CorpusCase.Tools()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_named_choice_is_corrected_in_the_form_of_its_tool()
    {
        var tools = Tools("""{"type":"function","function":{"name":"note"}}""");
        Assert.Contains("<invoke name=\"note\">", ToolPrompt.Correction(tools), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n\"b\"", "<invoke name=\"note\">\n<parameter name=\"input\">\na\n\"b\"\n</parameter>\n</invoke>")]
    [InlineData("a</invoke>", "<tool_call>{\"name\":\"note\",\"arguments\":{\"input\":\"a</invoke>\"}}</tool_call>")]
    public void An_earlier_call_is_told_in_the_form_that_new_ones_have(string input, string expected)
    {
        var message = new Message { Role = "assistant", ToolCalls = ByteString.CopyFromUtf8($$$"""[{"id":"1","type":"custom","custom":{"name":"note","input":{{{JsonSerializer.Serialize(input)}}}}}]""") };
        var result = new Message { Role = "tool", ToolCallId = "1", Parts = { new Part { Text = "done" } } };
        Assert.Equal($"assistant: {expected}\n\ntool (note, 1): done", MessageFlattening.Flatten([message, result]));
    }

    private static ToolSet Tools(string choice = "") =>
        ToolSet.Of(new ChatCall { Tools = ByteString.CopyFromUtf8(Declared), ToolChoice = ByteString.CopyFromUtf8(choice) })!;
}
