using static GrokForge.Unit.Tests.Gateway.Chat.Bodies;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ResponsesInputTests
{
    [Fact]
    public void A_whole_body_is_understood()
    {
        var request = Accepted("""
            {"model":"m","instructions":"Be brief.","input":[{"role":"user","content":[{"type":"input_text","text":"Weather?"},{"type":"input_image","image_url":"https://x/a.png","detail":null}]},
            {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":null},
            {"type":"message","role":"assistant","id":"msg_1","status":"completed","content":[{"type":"output_text","text":"I look.","annotations":[],"logprobs":[]}]},
            {"type":"function_call","id":"fc_1","call_id":"c1","name":"get","arguments":"{\"city\":\"Köln\"}","status":"completed"},
            {"type":"function_call","call_id":"c2","name":"get","arguments":"{}"},
            {"type":"function_call_output","call_id":"c1","output":"21"},
            {"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"22"}]},{"type":"item_reference","id":"msg_0"}],
            "tools":[{"type":"function","name":"get","description":"d","parameters":{"type":"object"},"strict":true}],"tool_choice":{"type":"function","name":"get"},
            "max_output_tokens":99,"reasoning":{"effort":"medium","summary":"auto"},"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"},
            "store":false,"include":["reasoning.encrypted_content"],"truncation":"auto","previous_response_id":null,"stream":true,"parallel_tool_calls":false}
            """);
        Assert.Equal(
            """
            system: Be brief.
            user: Weather?<input[0].content[1].image_url>
            assistant: I look. [{"id":"c1","type":"function","function":{"name":"get","arguments":"{\"city\":\"Köln\"}"}},{"id":"c2","type":"function","function":{"name":"get","arguments":"{}"}}]
            tool: 21 (c1)
            tool: 22 (c2)
            """.ReplaceLineEndings("\n"),
            Told(request));
        Assert.Equal("""[{"type":"function","function":{"name":"get","description":"d","parameters":{"type":"object"},"strict":true}}]""", Text(request.Tools));
        Assert.Equal("""{"type":"function","function":{"name":"get"}}""", Text(request.ToolChoice));
        Assert.Equal("""{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}""", Text(request.ResponseFormat));
        Assert.Equal((99, "medium", true, false), (request.MaxTokens, request.ReasoningEffort, request.Stream, request.ParallelToolCalls));
    }

    [Theory]
    [InlineData("\"input\":\"Hi\"", "user: Hi")]
    [InlineData("\"messages\":null,\"input\":\"Hi\",\"instructions\":\" \"", "user: Hi")]
    [InlineData("\"messages\":[],\"input\":[{\"role\":\"user\",\"content\":\"Hi\"}]", "user: Hi")]
    [InlineData("\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"input\":\"not read\"", "user: Hi")]
    [InlineData("\"input\":[{\"role\":\"developer\",\"content\":\"\"},{\"role\":\"user\",\"content\":\"Hi\"}]", "user: Hi")]
    public void Input_is_read_where_there_are_no_messages(string fields, string expected) => Assert.Equal(expected, Told(Accepted($$"""{"model":"m",{{fields}}}""")));

    [Fact]
    public void Calls_after_an_answered_one_are_a_turn_of_their_own() => Assert.Equal(
        """
        user: Go
        assistant:  [{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]
        tool: a (1)
        assistant:  [{"id":"2","type":"custom","custom":{"name":"g","input":"*** Begin\n"}}]
        tool: b (2)
        assistant:  [{"id":"","type":"function","function":{"name":"","arguments":"{\"x\":1}"}}]
        """.ReplaceLineEndings("\n"),
        Told(Accepted("""
            {"model":"m","input":[{"role":"user","content":"Go"},{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"1","output":"a"},
            {"type":"custom_tool_call","call_id":"2","name":"g","input":"*** Begin\n"},{"type":"custom_tool_call_output","call_id":"2","output":"b"},
            {"type":"function_call","call_id":null,"arguments":{"x":1}}]}
            """)));

    [Theory]
    [InlineData("\"input\":5", "invalid_messages", "input")]
    [InlineData("\"input\":[]", "invalid_messages", "input")]
    [InlineData("\"input\":\" \"", "empty_content", "input")]
    [InlineData("\"input\":[{\"type\":\"reasoning\"}]", "empty_content", "input")]
    [InlineData("\"input\":[\"Hi\"]", "invalid_messages", "input[0]")]
    [InlineData("\"input\":[{\"content\":\"Hi\"}]", "invalid_role", "input[0].role")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"\"}]}]", "empty_text", "input[0].content[0].text")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]", "missing_url", "input[0].content[0].image_url")]
    [InlineData("\"input\":[{\"type\":\"function_call_output\",\"output\":\"x\"}]", "missing_tool_call_id", "input[0].call_id")]
    [InlineData("\"input\":[{\"type\":\"computer_call\"}]", "invalid_type", "input[0].type")]
    [InlineData("\"input\":[{\"type\":7}]", "invalid_json", "input[0].type")]
    [InlineData("\"input\":\"Hi\",\"instructions\":7", "invalid_json", "instructions")]
    [InlineData("\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"", "unsupported_parameter", "previous_response_id")]
    [InlineData("\"input\":\"Hi\",\"max_output_tokens\":0", "integer_below_min_value", "max_output_tokens")]
    [InlineData("\"input\":\"Hi\",\"reasoning\":\"high\"", "invalid_json", "reasoning")]
    [InlineData("\"input\":\"Hi\",\"reasoning\":{\"effort\":\"most\"}", "invalid_reasoning_effort", "reasoning.effort")]
    [InlineData("\"input\":\"Hi\",\"text\":{\"format\":{\"type\":\"json_schema\"}}", "missing_required_parameter", "text.format.schema")]
    [InlineData("\"input\":\"Hi\",\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":[]}}", "invalid_json", "text.format.schema")]
    [InlineData("\"input\":\"Hi\",\"text\":7", "invalid_json", "text")]
    [InlineData("\"input\":\"Hi\",\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":{},\"name\":7}}", "invalid_json", "text.format.name")]
    [InlineData("\"input\":\"Hi\",\"tools\":[{\"type\":\"function\"}]", "missing_function_name", "tools[0].name")]
    [InlineData("\"input\":\"Hi\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":7}]", "invalid_json", "tools[0].parameters")]
    [InlineData("\"input\":\"Hi\",\"tools\":[{\"type\":\"custom\"}]", "missing_required_parameter", "tools[0].name")]
    [InlineData("\"input\":\"Hi\",\"tools\":[{\"type\":\"custom\",\"name\":\"f\",\"format\":7}]", "invalid_json", "tools[0].format")]
    [InlineData("\"input\":\"Hi\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"auto\",\"tools\":[{\"type\":\"function\",\"name\":\"g\"}]}", "invalid_tool_choice", "tool_choice.tools[0]")]
    [InlineData("\"input\":[{\"type\":\"custom_tool_call_output\",\"call_id\":\" \"}]", "missing_tool_call_id", "input[0].call_id")]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":\"Hi\"},{\"type\":\"function_call_output\",\"call_id\":\"1\",\"output\":[{\"type\":\"input_image\",\"image_url\":\"x\"}]}]", "invalid_media", "input[1].output[0].image_url")]
    [InlineData("\"input\":\"Hi\",\"text\":{\"format\":{\"type\":\"xml\"}}", "invalid_value", "text.format.type")]
    public void What_breaks_a_rule_is_named_by_its_place_in_this_dialect(string fields, string code, string param) => Refused($$"""{"model":"m",{{fields}}}""", code, param);

    [Theory]
    [InlineData("\"messages\":[HI],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}", "response_format.json_schema.schema.properties.a")]
    [InlineData("\"messages\":[HI],\"response_format\":{\"type\":\"json_schema\",\"schema\":{}}", "response_format.schema.properties.a")]
    [InlineData("\"input\":[HI],\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":{}}}", "text.format.schema.properties.a")]
    [InlineData("\"input\":[HI],\"text\":{\"format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}}", "text.format.json_schema.schema.properties.a")]
    [InlineData("\"input\":[HI],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{}}}", "response_format.json_schema.schema.properties.a")]
    public void What_an_upstream_objects_to_is_named_as_the_client_sent_it(string fields, string schema)
    {
        var request = Accepted($$"""{"model":"m",{{fields.Replace("HI", "{\"role\":\"user\",\"content\":\"Hi\"}", StringComparison.Ordinal)}}}""");
        Assert.Equal(schema, request.Names.Of("response_format.json_schema.schema.properties.a"));
        Assert.StartsWith(request.Names.Of("response_format") + ".", schema, StringComparison.Ordinal);
        Assert.Equal(fields.StartsWith("\"input", StringComparison.Ordinal) ? "input" : "messages", request.Names.Of("messages"));
        Assert.Equal("tools", request.Names.Of("tools"));
    }
}
