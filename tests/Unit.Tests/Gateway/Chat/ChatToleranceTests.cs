using System.Text;
using GrokForge.Gateway.Chat;
using static GrokForge.Unit.Tests.Gateway.Chat.Bodies;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ChatToleranceTests
{
    private const string Hi = """{"role":"user","content":"Hi"}""";

    [Theory]
    [InlineData("null", null)]
    [InlineData("-1", null)]
    [InlineData("1", 1)]
    [InlineData("4096.0", 4096)]
    [InlineData("1e300", int.MaxValue)]
    public void A_limit_of_minus_one_is_none(string value, int? expected) => Assert.Equal(expected, With($"\"max_tokens\":{value}").MaxTokens);

    [Theory]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":7", 7)]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":null", 5)]
    [InlineData("\"max_tokens\":5,\"max_completion_tokens\":-1", 5)]
    [InlineData("\"max_output_tokens\":5", null)]
    public void The_newer_limit_comes_first(string fields, int? expected) => Assert.Equal(expected, With(fields).MaxTokens);

    [Theory]
    [InlineData("\"\"", "")]
    [InlineData("\"END\"", "END")]
    [InlineData("[]", "")]
    [InlineData("[\"\",null,\"a\",\"\\n\\n\"]", "a|\n\n")]
    public void Empty_stops_are_left_out(string stop, string expected) => Assert.Equal(expected, string.Join('|', With($"\"stop\":{stop}").Stop));

    [Fact]
    public void Sixteen_stops_of_1024_characters_are_taken_and_longer_ones_refused()
    {
        var stop = new string('x', 1024);
        Assert.Equal(16, With($"\"stop\":[{string.Join(',', Enumerable.Repeat($"\"{stop}\"", 16))}]").Stop.Count);
        Refused(Body($"\"stop\":\"{stop}x\""), "string_above_max_length", "stop");
        Refused(Body($"\"stop\":[\"a\",\"{stop}x\"]"), "string_above_max_length", "stop[1]");
    }

    [Theory]
    [InlineData(" Think_Tags ", "think_tags")]
    [InlineData("reasoning_content", "reasoning_content")]
    [InlineData("BOTH", "both")]
    public void The_reasoning_format_is_read(string given, string expected) => Assert.Equal(expected, With($"\"reasoning_format\":\"{given}\"").ReasoningFormat);

    [Theory]
    [InlineData("\"reasoning\":{\"effort\":\"low\",\"exclude\":true}", "low")]
    [InlineData("\"reasoning\":{\"effort\":\"low\"},\"reasoning_effort\":\"high\"", "high")]
    [InlineData("\"reasoning\":{\"effort\":null}", null)]
    [InlineData("\"reasoning\":true", null)]
    public void Effort_inside_reasoning_counts_where_it_is_not_said_outside(string fields, string? expected) => Assert.Equal(expected, With(fields).ReasoningEffort);

    [Theory]
    [InlineData("\"logprobs\":false,\"top_logprobs\":0")]
    [InlineData("\"modalities\":[\"text\"],\"audio\":{\"voice\":\"ash\"}")]
    [InlineData("\"modalities\":[]")]
    [InlineData("\"seed\":1e999,\"logit_bias\":{\"50256\":-100},\"service_tier\":\"auto\",\"store\":true,\"verbosity\":\"low\",\"metadata\":{\"a\":\"b\"}")]
    [InlineData("\"functions\":[],\"unknown\":{\"a\":[{\"b\":[[[]]]}]}")]
    [InlineData("\"functions\":null,\"function_call\":null")]
    [InlineData("\"function_call\":\"auto\"")]
    [InlineData("\"function_call\":\"none\"")]
    [InlineData("\"stream_options\":{\"include_usage\":null,\"include_obfuscation\":false}")]
    [InlineData("\"response_format\":{\"type\":null}")]
    [InlineData("\"response_format\":{\"type\":\"text\",\"json_schema\":null}")]
    [InlineData("\"tools\":[],\"tool_choice\":\"none\"")]
    [InlineData("\"tools\":null,\"tool_choice\":null,\"parallel_tool_calls\":null")]
    public void What_asks_for_nothing_special_is_taken(string fields)
    {
        var request = With(fields);
        Assert.False(request.IncludeUsage);
        Assert.Null(request.ResponseFormat);
        Assert.Null(request.Tools);
    }

    [Theory]
    [InlineData("""{"role":"system","content":""}""")]
    [InlineData("""{"role":"system","content":null}""")]
    [InlineData("""{"role":"developer"}""")]
    [InlineData("""{"role":"developer","content":[]}""")]
    [InlineData("""{"role":"system","content":[{"type":"text","text":" "}]}""")]
    [InlineData("""{"role":"assistant","content":""}""")]
    [InlineData("""{"role":"assistant","content":[{"type":"text","text":""}],"tool_calls":null}""")]
    [InlineData("""{"role":"assistant","content":null,"reasoning_content":"I was cut off"}""")]
    [InlineData("""{"role":"assistant","content":[{"type":"reasoning","text":"hm"}]}""")]
    public void A_message_that_says_nothing_is_left_out(string message) =>
        Assert.Equal("user: Hi", Told(Accepted($$"""{"model":"m","messages":[{{message}},{{Hi}}]}""")));

    [Fact]
    public void Paths_count_the_messages_that_were_left_out() =>
        Refused($$"""{"model":"m","messages":[{"role":"system","content":""},{{Hi}},{"role":"user","content":""}]}""", "empty_content", "messages[2].content");

    [Theory]
    [InlineData("""{"role":"assistant","content":null,"refusal":"I cannot."}""", "assistant: I cannot.")]
    [InlineData("""{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"output_text","text":"Yes"},{"type":"refusal","refusal":" but no"}]}""", "assistant: Yes but no")]
    [InlineData("""{"role":" user ","content":{"type":"input_text","text":"one"},"name":null}""", "user: one")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":null}""", "tool:  (c)")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":42}""", "tool: 42 (c)")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":{"temp": 21}}""", """tool: {"temp": 21} (c)""")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":{"type":"text","text":"21"}}""", "tool: 21 (c)")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}""", "tool: ab (c)")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":[{"type":"file","path":"a.cs"},1]}""", """tool: [{"type":"file","path":"a.cs"},1] (c)""")]
    [InlineData("""{"role":"tool","tool_call_id":"c","content":[{"type":"image_url","image_url":{"url":"https://x/a.png","detail":null}}]}""", "tool: <messages[1].content[0].image_url> (c)")]
    public void Content_is_read_in_every_shape(string message, string expected) =>
        Assert.Equal("user: Hi\n" + expected, Told(Accepted($$"""{"model":"m","messages":[{{Hi}},{{message}}]}""")));

    [Theory]
    [InlineData("""[{"type":"text","text":""},{"type":"image_url","image_url":{"url":"https://x/a.png"}}]""", "<messages[0].content[1].image_url>")]
    [InlineData("""[{"type":"image_url","image_url":"https://x/a.png"},{"type":"input_text","text":""}]""", "<messages[0].content[0].image_url>")]
    [InlineData("""[{"type":"text","text":""},{"type":"text","text":"Hi"},{"type":"text","text":""}]""", "Hi")]
    [InlineData("""[{"type":"text","text":"a"},{"type":"text","text":" "},{"type":"text","text":"b"}]""", "a b")]
    public void An_empty_text_beside_other_content_is_left_out(string content, string expected)
    {
        var request = Accepted($$"""{"model":"m","messages":[{"role":"user","content":{{content}}}]}""");
        Assert.Equal($"user: {expected}", Told(request));
        Assert.DoesNotContain(request.Messages[0].Parts, part => part.Attachment is null && part.Text.Length == 0);
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":"https://x/a.png"}""", "https://x/a.png", "image_url")]
    [InlineData("""{"type":"image_url","image_url":{"url":"https:\/\/x\/a.png","detail":"high"}}""", "https://x/a.png", "image_url")]
    [InlineData("""{"type":"input_image","image_url":"https://x/a.png","detail":"auto","file_id":null}""", "https://x/a.png", "image_url")]
    [InlineData("""{"type":"file","file":{"file_data":"https://x/a.txt","file_id":null}}""", "https://x/a.txt", "file.file_data")]
    [InlineData("""{"type":"input_file","file_url":"https://x/a.txt","filename":null}""", "https://x/a.txt", "file_url")]
    public void Addresses_of_pictures_and_files_are_read_in_both_dialects(string part, string address, string path)
    {
        var attachment = Attached(part);
        Assert.Equal((address, $"messages[0].content[1].{path}"), (attachment.Address?.ToString(), attachment.Path));
    }

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:text/plain;base64,SGk="}}""", "text/plain")]
    [InlineData("""{"type":"input_image","image_url":"data:text/plain;base64,SGk"}""", "text/plain")]
    [InlineData("""{"type":"file","file":{"file_data":"SGk=","filename":"a.txt"}}""", "")]
    [InlineData("""{"type":"input_file","file_data":"data:text/plain;base64,SGk="}""", "text/plain")]
    public void Bytes_of_pictures_and_files_are_read_in_both_dialects(string part, string type)
    {
        var attachment = Attached(part);
        Assert.Equal(("Hi", type), (Encoding.UTF8.GetString(attachment.Bytes.Span), attachment.ContentType));
    }

    [Fact]
    public void Bare_base64_in_place_of_a_picture_is_refused_with_a_hint()
    {
        var (_, error) = ChatRequestReader.Read(Encoding.UTF8.GetBytes($$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":"{{{new string('A', 64)}}}"}]}]}"""));
        Assert.Equal("invalid_media", error!.Code);
        Assert.Contains("'data:image/png;base64,'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cut \\ud83d", "cut \uFFFD")]
    [InlineData("\\uDE00 late", "\uFFFD late")]
    [InlineData("\\ud83d\\ud83d\\ude00!", "\uFFFD\U0001F600!")]
    [InlineData("\\\\ud83d", "\\ud83d")]
    [InlineData("\\u0041\\ud83", null)]
    public void Half_of_a_surrogate_pair_is_mended(string escaped, string? expected)
    {
        var body = $$$"""{"model":"m","messages":[{"role":"user","content":"{{{escaped}}}"}],"x\ud83d":1,"tools":[{"type":"function","function":{"name":"f","description":"\ud83d"}}]}""";
        if (expected is null)
            Refused(body, "invalid_json", null);
        else
            Assert.Equal(expected, Accepted(body).Messages[0].Parts[0].Text);
    }

    private static string Body(string fields) => $$"""{"model":"m","messages":[{{Hi}}],{{fields}}}""";

    private static ChatRequest With(string fields) => Accepted(Body(fields));

    private static GrokForge.Gateway.Images.Attachment Attached(string part) =>
        Accepted($$"""{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"See"},{{part}}]}]}""").Messages[0].Parts[1].Attachment!;
}
