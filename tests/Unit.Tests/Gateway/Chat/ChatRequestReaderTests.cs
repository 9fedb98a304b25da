using System.Text;
using GrokForge.Gateway.Chat;
using static GrokForge.Unit.Tests.Gateway.Chat.Bodies;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ChatRequestReaderTests
{
    private const string Hi = """{"role":"user","content":"Hi"}""";

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"Hi"}]""", "invalid_json", null)]
    [InlineData("", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("\"text\"", "invalid_json", null)]
    [InlineData("""{"messages":[{"role":"user","content":"Hi"}]}""", "missing_model", "model")]
    [InlineData("""{"model":null,"messages":[{"role":"user","content":"Hi"}]}""", "missing_model", "model")]
    [InlineData("""{"model":"  ","messages":[{"role":"user","content":"Hi"}]}""", "missing_model", "model")]
    [InlineData("""{"model":5,"messages":[{"role":"user","content":"Hi"}]}""", "invalid_json", "model")]
    [InlineData("""{"model":"m"}""", "invalid_messages", "messages")]
    [InlineData("""{"model":"m","messages":[]}""", "invalid_messages", "messages")]
    [InlineData("""{"model":"m","messages":"Hi"}""", "invalid_messages", "messages")]
    [InlineData("""{"model":"m","messages":["Hi"]}""", "invalid_messages", "messages[0]")]
    public void The_body_must_be_a_chat_request(string body, string code, string? param) => Refused(body, code, param);

    [Theory]
    [InlineData("""{"content":"Hi"}""", "invalid_role", "messages[1].role")]
    [InlineData("""{"role":"robot","content":"Hi"}""", "invalid_role", "messages[1].role")]
    [InlineData("""{"role":1,"content":"Hi"}""", "invalid_json", "messages[1].role")]
    [InlineData("""{"role":"tool","content":"42"}""", "missing_tool_call_id", "messages[1].tool_call_id")]
    [InlineData("""{"role":"tool","content":"42","tool_call_id":" "}""", "missing_tool_call_id", "messages[1].tool_call_id")]
    [InlineData("""{"role":"user"}""", "empty_content", "messages[1].content")]
    [InlineData("""{"role":"user","content":null}""", "empty_content", "messages[1].content")]
    [InlineData("""{"role":"assistant","content":null}""", "empty_content", "messages[1].content")]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[]}""", "empty_content", "messages[1].content")]
    [InlineData("""{"role":"user","content":[]}""", "empty_content", "messages[1].content")]
    [InlineData("""{"role":"user","content":7}""", "invalid_content", "messages[1].content")]
    [InlineData("""{"role":"user","content":{"type":"image_url"}}""", "invalid_content_type", "messages[1].content")]
    [InlineData("""{"role":"user","content":{"type":"text","text":""}}""", "empty_content", "messages[1].content")]
    [InlineData("""{"role":"user","content":["Hi"]}""", "invalid_block", "messages[1].content[0]")]
    [InlineData("""{"role":"user","content":[{}]}""", "empty_block", "messages[1].content[0]")]
    [InlineData("""{"role":"user","content":[{"text":"Hi"}]}""", "missing_type", "messages[1].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"","text":"Hi"}]}""", "empty_type", "messages[1].content[0].type")]
    [InlineData("""{"role":"user","content":[{"type":"video","text":"Hi"}]}""", "invalid_type", "messages[1].content[0]")]
    [InlineData("""{"role":"system","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}""", "invalid_type", "messages[1].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":""},{"type":"text","text":" "}]}""", "empty_text", "messages[1].content[0].text")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"Hi"},{"type":"text","text":null}]}""", "empty_text", "messages[1].content[1].text")]
    [InlineData("""{"role":"user","content":[{"type":"text"}]}""", "empty_text", "messages[1].content[0].text")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"ftp://x"}}]}""", "invalid_media", "messages[1].content[0].image_url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{}}]}""", "missing_url", "messages[1].content[0].image_url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url"}]}""", "missing_url", "messages[1].content[0].image_url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":"data:image/png;base64,!!"}]}""", "invalid_base64_image", "messages[1].content[0].image_url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":"data:image/svg+xml,<svg/>"}]}""", "invalid_base64_image", "messages[1].content[0].image_url")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"x"}}]}""", "unsupported_content", "messages[1].content[0].input_audio")]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"format":"mp3"}}]}""", "missing_audio", "messages[1].content[0].input_audio")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":" "}}]}""", "invalid_media", "messages[1].content[0].image_url")]
    [InlineData("""{"role":"user","content":[{"type":"input_image","file_id":"f"}]}""", "unsupported_content", "messages[1].content[0].file_id")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":""}}]}""", "invalid_media", "messages[1].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/plain;base64,!"}}]}""", "invalid_file", "messages[1].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"filename":"a.txt"}}]}""", "missing_file", "messages[1].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"refusal","refusal":"No"}]}""", "invalid_type", "messages[1].content[0]")]
    [InlineData("""{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"https://x"}}]}""", "invalid_type", "messages[1].content[0]")]
    [InlineData("""{"role":"function","name":"f","content":"42"}""", "invalid_role", "messages[1].role")]
    [InlineData("""{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}}""", "unsupported_parameter", "messages[1].function_call")]
    [InlineData("""{"role":"assistant","content":"Hi","function_call":{"name":"f","arguments":"{}"}}""", "unsupported_parameter", "messages[1].function_call")]
    [InlineData("""{"role":"User","content":"Hi"}""", "invalid_role", "messages[1].role")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"x"}}]}""", "invalid_media", "messages[1].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"x"}}]}""", "unsupported_content", "messages[1].content[0].file.file_id")]
    [InlineData("""{"role":"user","content":[{"type":"file"}]}""", "missing_file", "messages[1].content[0].file")]
    [InlineData("""{"role":"assistant","content":"Hi","tool_calls":"x"}""", "invalid_json", "messages[1].tool_calls")]
    [InlineData("""{"role":"user","content":"Hi","name":7}""", "invalid_json", "messages[1].name")]
    public void A_message_that_breaks_a_rule_is_named(string message, string code, string param) =>
        Refused($$"""{"model":"m","messages":[{{Hi}},{{message}}]}""", code, param);

    [Theory]
    [InlineData("\"stream\":\"yes\"", "invalid_json", "stream")]
    [InlineData("\"stream_options\":true", "invalid_json", "stream_options")]
    [InlineData("\"stream_options\":{\"include_usage\":1}", "invalid_json", "stream_options.include_usage")]
    [InlineData("\"temperature\":\"hot\"", "invalid_json", "temperature")]
    [InlineData("\"temperature\":-0.1", "invalid_temperature", "temperature")]
    [InlineData("\"temperature\":2.01", "invalid_temperature", "temperature")]
    [InlineData("\"temperature\":1e999", "invalid_temperature", "temperature")]
    [InlineData("\"top_p\":1.5", "invalid_top_p", "top_p")]
    [InlineData("\"top_p\":[]", "invalid_json", "top_p")]
    [InlineData("\"n\":5", "integer_above_max_value", "n")]
    [InlineData("\"n\":1e999", "invalid_json", "n")]
    [InlineData("\"n\":0", "integer_below_min_value", "n")]
    [InlineData("\"n\":1.5", "invalid_json", "n")]
    [InlineData("\"max_tokens\":\"9\"", "invalid_json", "max_tokens")]
    [InlineData("\"max_tokens\":0", "integer_below_min_value", "max_tokens")]
    [InlineData("\"max_tokens\":-2", "integer_below_min_value", "max_tokens")]
    [InlineData("\"max_tokens\":0,\"max_completion_tokens\":5", "integer_below_min_value", "max_tokens")]
    [InlineData("\"max_completion_tokens\":0", "integer_below_min_value", "max_completion_tokens")]
    [InlineData("\"max_completion_tokens\":0.5", "invalid_json", "max_completion_tokens")]
    [InlineData("\"stop\":5", "invalid_json", "stop")]
    [InlineData("\"stop\":[\"a\",5]", "invalid_json", "stop[1]")]
    [InlineData("\"stop\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"]", "array_above_max_length", "stop")]
    [InlineData("\"logprobs\":true", "unsupported_parameter", "logprobs")]
    [InlineData("\"functions\":[{\"name\":\"f\"}],\"function_call\":{\"name\":\"f\"}", "unsupported_parameter", "functions")]
    [InlineData("\"functions\":{\"name\":\"f\"}", "invalid_json", "functions")]
    [InlineData("\"function_call\":{\"name\":\"f\"}", "unsupported_parameter", "function_call")]
    [InlineData("\"function_call\":\"f\"", "unsupported_parameter", "function_call")]
    [InlineData("\"logprobs\":5", "invalid_json", "logprobs")]
    [InlineData("\"top_logprobs\":1", "unsupported_parameter", "top_logprobs")]
    [InlineData("\"top_logprobs\":\"1\"", "invalid_json", "top_logprobs")]
    [InlineData("\"modalities\":[\"text\",\"audio\"],\"audio\":{\"voice\":\"ash\",\"format\":\"mp3\"}", "unsupported_parameter", "modalities[1]")]
    [InlineData("\"modalities\":\"text\"", "invalid_json", "modalities")]
    [InlineData("\"presence_penalty\":\"x\"", "invalid_json", "presence_penalty")]
    [InlineData("\"frequency_penalty\":{}", "invalid_json", "frequency_penalty")]
    [InlineData("\"reasoning_effort\":\"huge\"", "invalid_reasoning_effort", "reasoning_effort")]
    [InlineData("\"reasoning_effort\":3", "invalid_json", "reasoning_effort")]
    [InlineData("\"reasoning_format\":\"markdown\"", "invalid_reasoning_format", "reasoning_format")]
    [InlineData("\"reasoning_format\":true", "invalid_json", "reasoning_format")]
    [InlineData("\"reasoning\":{\"effort\":\"huge\"}", "invalid_reasoning_effort", "reasoning.effort")]
    [InlineData("\"deepsearch\":\"deepest\"", "invalid_deepsearch", "deepsearch")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\" \"}}]", "missing_function_name", "tools[0].function.name")]
    [InlineData("\"tools\":[{\"type\":\"magic\"}]", "invalid_tool_type", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"custom\"}]", "missing_required_parameter", "tools[0].custom")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{}}]", "missing_required_parameter", "tools[0].custom.name")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"name\":\" \"}]", "missing_required_parameter", "tools[0].name")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"name\":\"n\",\"format\":{\"type\":\"yaml\"}}]", "invalid_value", "tools[0].format.type")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"name\":\"n\",\"format\":{\"type\":\"grammar\"}}]", "missing_required_parameter", "tools[0].format.definition")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"n\",\"format\":{\"type\":\"grammar\",\"grammar\":{}}}}]", "missing_required_parameter", "tools[0].custom.format.grammar.definition")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}],\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}", "invalid_tool_choice", "tool_choice")]
    [InlineData("\"tools\":\"f\"", "invalid_json", "tools")]
    [InlineData("\"tools\":[null]", "invalid_tool_type", "tools[0]")]
    [InlineData("\"tools\":[{\"function\":{\"name\":\"f\"}}]", "invalid_tool_type", "tools[0].type")]
    [InlineData("\"tools\":[{\"type\":\"function\"}]", "missing_function_name", "tools[0].function.name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"\"}]", "missing_function_name", "tools[0].name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":\"p\"}}]", "invalid_json", "tools[0].function.parameters")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"},{\"type\":\"function\",\"name\":\"f\"}]", "duplicate_function_name", "tools[1].name")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"file_search\"}", "invalid_tool_choice", "tool_choice")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"allowed_tools\",\"tools\":[]}", "invalid_tool_choice", "tool_choice")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"allowed_tools\",\"tools\":[{\"name\":\"g\"}]}", "invalid_tool_choice", "tool_choice.tools[0]")]
    [InlineData("\"tools\":[{\"type\":\"function\",\"name\":\"f\"}],\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"tools\":[{\"name\":\"g\"}]}}", "invalid_tool_choice", "tool_choice.allowed_tools.tools[0]")]
    [InlineData("\"tool_choice\":\"sometimes\"", "invalid_tool_choice", "tool_choice")]
    [InlineData("\"tool_choice\":\"required\"", "invalid_tool_choice", "tool_choice")]
    [InlineData("\"tool_choice\":7", "invalid_tool_choice", "tool_choice")]
    [InlineData("\"parallel_tool_calls\":\"no\"", "invalid_json", "parallel_tool_calls")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "missing_required_parameter", "response_format.json_schema")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}", "missing_required_parameter", "response_format.json_schema.schema")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":null}}", "missing_required_parameter", "response_format.json_schema.schema")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{},\"name\":5}}", "invalid_json", "response_format.json_schema.name")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "invalid_value", "response_format.type")]
    [InlineData("\"response_format\":\"text\"", "invalid_json", "response_format")]
    public void A_field_that_breaks_a_rule_is_named(string field, string code, string param) =>
        Refused($$"""{"model":"m","messages":[{{Hi}}],{{field}}}""", code, param);

    [Fact]
    public void Ten_thousand_levels_of_nesting_are_refused() =>
        Refused($$"""{"model":"m","messages":[{{Hi}}],"deep":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""", "invalid_json", null);

    [Fact]
    public void Nesting_that_would_take_long_to_read_is_refused() =>
        Refused($$"""{"model":"m","messages":[{{Hi}}],"deep":{{new string('[', 200)}}{{string.Concat(Enumerable.Repeat("[],", 400_000))}}1{{new string(']', 200)}}}""", "invalid_json", null);

    [Fact]
    public void Invalid_utf8_is_refused()
    {
        byte[] body = [.. Encoding.UTF8.GetBytes("""{"model":"m","messages":[{"role":"user","content":"a"""), 0xC3, 0x28, .. "\"}]}"u8];
        var (_, error) = ChatRequestReader.Read(body);
        Assert.Equal("invalid_json", error!.Code);
    }

    [Fact]
    public void Null_is_absent_for_every_optional_field()
    {
        string[] names =
        [
            "stream", "stream_options", "temperature", "top_p", "n", "stop", "max_tokens", "max_completion_tokens", "presence_penalty", "frequency_penalty",
            "seed", "user", "metadata", "store", "logit_bias", "logprobs", "top_logprobs", "response_format", "tools", "tool_choice", "parallel_tool_calls",
            "reasoning_effort", "service_tier", "modalities", "verbosity", "prompt_cache_key", "safety_identifier", "deepsearch",
            "reasoning_format", "temporary", "disable_memory", "custom_instruction", "audio", "prediction", "web_search_options", "reasoning", "functions", "function_call",
            "input", "instructions", "max_output_tokens", "text", "previous_response_id",
        ];
        var request = Accepted($$"""{"model":"m","messages":[{{Hi}}],{{string.Join(',', names.Select(n => $"\"{n}\":null"))}}}""");
        Assert.Null(request.Stream);
        Assert.Null(request.Temperature);
        Assert.Empty(request.Stop);
        Assert.Equal(1, request.Choices);
        Assert.Null(request.MaxTokens);
        Assert.Null(request.ReasoningFormat);
    }

    [Fact]
    public void Unknown_fields_are_ignored_at_any_depth() =>
        Accepted("""{"model":"m","x":{"y":[1]},"messages":[{"role":"user","z":1,"content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]}""");

    [Fact]
    public void The_last_of_repeated_keys_counts()
    {
        var request = Accepted($$"""{"model":"a","model":"b","stream":true,"stream":false,"messages":[{{Hi}}]}""");
        Assert.Equal("b", request.Model);
        Assert.False(request.Stream);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes($$"""{"model":"m","messages":[{{Hi}}]}""")];
        Assert.Null(ChatRequestReader.Read(body).Error);
    }

    [Theory]
    [InlineData("developer")]
    [InlineData("system")]
    [InlineData("user")]
    [InlineData("assistant")]
    [InlineData("tool")]
    public void Every_role_takes_a_string_and_text_parts(string role)
    {
        var request = Accepted($$$"""
            {"model":"m","messages":[{"role":"{{{role}}}","tool_call_id":"c","content":"one"},
            {"role":"{{{role}}}","tool_call_id":"c","content":[{"type":"text","text":"two"},{"type":"text","text":"three"}]},
            {"role":"{{{role}}}","tool_call_id":"c","content":{"type":"text","text":"four"}}]}
            """);
        Assert.Equal(["one", "two", "three", "four"], request.Messages.SelectMany(m => m.Parts.Select(p => p.Text)));
        Assert.All(request.Messages, m => Assert.Equal(role, m.Role));
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":null,"tool_calls":[{"id":"c"}]}""")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"c"}]}""")]
    [InlineData("""{"role":"assistant","content":"","tool_calls":[{"id":"c"}]}""")]
    [InlineData("""{"role":"assistant","content":[],"tool_calls":[{"id":"c"}]}""")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":""}""")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":[]}""")]
    public void Assistants_and_tools_may_say_nothing(string message) =>
        Assert.Equal(2, Accepted($$"""{"model":"m","messages":[{{Hi}},{{message}}]}""").Messages.Count);

    [Fact]
    public void Tools_may_have_said_nothing()
    {
        var request = Accepted("""{"model":"m","messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":""}]}""");
        Assert.Equal(["assistant", "tool"], request.Messages.Select(m => m.Role));
    }

    [Fact]
    public void A_conversation_without_any_text_is_refused() =>
        Refused("""{"model":"m","messages":[{"role":"system","content":" "},{"role":"assistant","content":""}]}""", "empty_content", "messages");

    [Fact]
    public void All_fields_that_act_are_read()
    {
        var request = Accepted($$$"""
            {"model":"m","messages":[{{{Hi}}}],"stream":true,"stream_options":{"include_usage":true},"temperature":2,"top_p":0.5,"n":1,"max_tokens":10.0,
            "max_completion_tokens":20,"stop":["a","b"],"reasoning_effort":" High ","deepsearch":"deeper","tools":[],"tool_choice":"Auto",
            "parallel_tool_calls":false,"response_format":{"type":"text"}}
            """);
        Assert.True(request.Stream);
        Assert.True(request.IncludeUsage);
        Assert.Equal(2, request.Temperature);
        Assert.Equal(0.5, request.TopP);
        Assert.Equal(20, request.MaxTokens);
        Assert.Equal(["a", "b"], request.Stop);
        Assert.Equal("high", request.ReasoningEffort);
        Assert.Equal("deeper", request.DeepSearch);
        Assert.False(request.ParallelToolCalls);
    }
}
