using static GrokForge.Unit.Tests.Gateway.Chat.Bodies;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ChatToolReaderTests
{
    private const string Hi = """{"role":"user","content":"Hi"}""";
    private const string TwoTools = """[{"type":"function","function":{"name":"f"}},{"type":"function","name":"g"}]""";

    [Theory]
    [InlineData(
        """{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}},"strict":true,"x":1},"y":2}""",
        """{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{}},"strict":true}}""")]
    [InlineData("""{"type":"function","function":{"name":"f","description":null,"parameters":null,"strict":null}}""", """{"type":"function","function":{"name":"f"}}""")]
    [InlineData("""{"type":"function","name":"f","parameters":{"type":"object"},"strict":false}""", """{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":false}}""")]
    [InlineData("""{"type":"function","name":"f","function":null}""", """{"type":"function","function":{"name":"f"}}""")]
    [InlineData(
        """{"type":"custom","name":"ApplyPatch","description":"Edits.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}""",
        """{"type":"function","function":{"name":"ApplyPatch","description":"Edits.","format":{"type":"grammar","syntax":"lark","definition":"start: x"}}}""")]
    [InlineData("""{"type":"custom","name":"note","format":null}""", """{"type":"function","function":{"name":"note","format":{"type":"text"}}}""")]
    [InlineData(
        """{"type":"custom","custom":{"name":"note","description":"d","format":{"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}},"x":1}}""",
        """{"type":"custom","custom":{"name":"note","description":"d","format":{"type":"grammar","grammar":{"syntax":"regex","definition":"a+"}}}}""")]
    [InlineData("""{"type":"custom","custom":{"name":"note"}}""", """{"type":"custom","custom":{"name":"note"}}""")]
    public void Tools_come_out_nested(string given, string expected) =>
        Assert.Equal($"[{expected}]", Text(Accepted($$"""{"model":"m","messages":[{{Hi}}],"tools":[{{given}}]}""").Tools));

    [Fact]
    public void A_search_tool_is_left_out_since_the_upstream_searches_by_itself() =>
        Assert.Null(Accepted($$"""{"model":"m","messages":[{{Hi}}],"tools":[{"type":"web_search_preview"}],"tool_choice":"auto"}""").Tools);

    // The upstream cannot be made to search: it does where it sees fit.
    [Theory]
    [InlineData("\"required\"")]
    [InlineData("{\"type\":\"web_search_preview\"}")]
    public void A_search_that_is_demanded_is_left_to_the_upstream(string choice) =>
        Assert.Null(Accepted($$"""{"model":"m","messages":[{{Hi}}],"tools":[{"type":"web_search_preview"}],"tool_choice":{{choice}} }""").Tools);

    [Theory]
    [InlineData("\" Required \"", "\"required\"")]
    [InlineData("\"none\"", "\"none\"")]
    [InlineData("""{"type":"function","function":{"name":"g","x":null}}""", """{"type":"function","function":{"name":"g"}}""")]
    [InlineData("""{"type":"function","name":"g"}""", """{"type":"function","function":{"name":"g"}}""")]
    [InlineData("""{"type":"custom","custom":{"name":"g"}}""", """{"type":"function","function":{"name":"g"}}""")]
    [InlineData("""{"type":"custom","name":"g"}""", """{"type":"function","function":{"name":"g"}}""")]
    [InlineData(
        """{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"custom","custom":{"name":"g"}}]}}""",
        """{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}""")]
    [InlineData("""{"type":null,"function":{"name":"g"}}""", """{"type":"function","function":{"name":"g"}}""")]
    [InlineData(
        """{"type":"allowed_tools","allowed_tools":{"mode":null,"tools":[{"type":"function","function":{"name":"g"}}]}}""",
        """{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}""")]
    [InlineData(
        """{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"f"}]}""",
        """{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}}""")]
    public void A_choice_comes_out_nested(string given, string expected) =>
        Assert.Equal(expected, Text(Accepted($$"""{"model":"m","messages":[{{Hi}}],"tools":{{TwoTools}},"tool_choice":{{given}}}""").ToolChoice));

    [Theory]
    [InlineData("""{"type":"json_object","json_schema":null,"x":1}""", """{"type":"json_object"}""")]
    [InlineData(
        """{"type":"json_schema","json_schema":{"name":"n","description":null,"strict":null,"schema":{"type":"object"},"x":1}}""",
        """{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}""")]
    [InlineData("""{"type":"json_schema","schema":{"type":"object"},"strict":true}""", """{"type":"json_schema","json_schema":{"schema":{"type":"object"},"strict":true}}""")]
    public void A_format_comes_out_nested(string given, string expected) =>
        Assert.Equal(expected, Text(Accepted($$"""{"model":"m","messages":[{{Hi}}],"response_format":{{given}}}""").ResponseFormat));
}
