using System.Text;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class AnswerReaderTests
{
    private static string Token(string json, string rest = "") => "{\"result\":{\"response\":{\"token\":\"" + json + "\"" + rest + ",\"responseId\":\"r\"}}}";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("")]
    [InlineData("\n\ndata: ")]
    [InlineData("\n: a comment with \"quotes\"\nevent: x\n")]
    public async Task Tokens_are_read_in_any_framing(string between)
    {
        var read = await AnswerReading.OfAsync("data: " + string.Join(between, Token("Hel"), Token("lo {\\\"a\\\":\\\"}\\\"}"), Token("!")) + between);
        Assert.Equal(["text:Hel", "text:lo {\"a\":\"}\"}", "text:!"], read.Events);
        Assert.Null(read.Refusal);
    }

    [Fact]
    public async Task Thinking_is_reasoning_and_tags_route_the_rest()
    {
        var read = await AnswerReading.OfAsync(string.Join('\n',
            """{"result":{"conversation":{"conversationId":"c"}}}""",
            """{"result":{"response":{"userResponse":{"responseId":"u"},"isThinking":false}}}""",
            Token("why", ",\"isThinking\":true,\"messageTag\":\"summary\""),
            Token("<xai:tool_usage_card/>", ",\"isThinking\":true,\"messageTag\":\"tool_usage_card\""),
            """{"result":{"response":{"isThinking":true,"token":"late names","messageTag":"header"}}}""",
            Token("dropped", ",\"isThinking\":false,\"messageTag\":\"header\""),
            Token("yes", ",\"messageTag\":\"final\""),
            Token(" sir", ",\"messageTag\":\"\""),
            Token(".", ",\"messageTag\":null"),
            Token("after", ",\"isThinking\":true"),
            Token("", ",\"isSoftStop\":true,\"messageTag\":\"final\"")));
        Assert.Equal(["reasoning:why", "reasoning:late names", "text:yes", "text: sir", "text:.", "reasoning:after"], read.Events);
    }

    [Fact]
    public async Task Cards_sources_and_images_do_not_disturb()
    {
        var read = await AnswerReading.OfAsync(string.Join('\n',
            """{"result":{"response":{"token":"a","webSearchResults":{"results":[{"url":"https://example.com","title":"{}"}]}}}}""",
            """{"result":{"response":{"cardAttachment":{"jsonData":"{\"id\":\"Ab1\",\"image_chunk\":null}"}}}}""",
            """{"result":{"response":{"streamingImageGenerationResponse":{"imageId":"i","progress":50}}}}""",
            """{"result":{"response":{"finalMetadata":{"followUpSuggestions":[]},"llmInfo":null,"token":7,"isThinking":[true]}}}""",
            """{"result":null}""", """{"result":{"response":"x"}}""", """{"other":[{"result":1}]}""",
            Token("b"),
            """{"result":{"title":{"newTitle":"T"}}}"""));
        Assert.Equal("ab", read.Text);
        Assert.Null(read.Refusal);
        Assert.Equal(0, read.Malformed);
    }

    [Theory]
    [InlineData("""{"result":{"response":{"token":"a","webSearchResults":{"results":[{"url":"https://example.com","title":"see https://assets.grok.com/users/u/f/content now"},{"url":"https:\/\/assets.grok.com\/users\/u\/f\/content","title":"b"}]}}}}""")]
    [InlineData("""{"result":{"response":{"token":"a","webSearchResults":{"results":[{"url":"https://example.com/?u=%2F%2Fassets.grok.com%2Fusers%2Fu%2Ff%2Fcontent","title":"users%2Fu%2Ff%2Fcontent"}]}}}}""")]
    [InlineData("""{"result":{"response":{"token":"a","xSearchResults":{"results":[{"postId":"1","username":"grok","text":"one two three four five six seven eight /users/u/f/content"}]}}}}""")]
    [InlineData("""{"result":{"response":{"token":"<grok:render card_id=\"c\" type=\"render_searched_image\"></grok:render>","cardAttachment":{"jsonData":"{\"id\":\"c\",\"image\":{\"original\":\"https://assets.grok.com/a.jpg\",\"title\":\"of users/u/f/content\"}}"}}}}""")]
    [InlineData("""{"result":{"response":{"token":"a","cardAttachment":{"jsonData":"{\"id\":\"c\",\"image\":{\"original\":\"https://assets.grok.com/a.jpg\",\"title\":\"of users/u/f/content\"}}"}}}}""")]
    [InlineData("""{"result":{"response":{"token":"<grok:render card_id=\"c\" type=\"render_inline_citation\"></grok:render>a","cardAttachment":{"jsonData":"{\"id\":\"c\",\"url\":\"https:\\/\\/assets.grok.com\\/users\\/u\\/f\\/content\"}"}}}}""")]
    [InlineData("""{"result":{"response":{"token":"see users\\u002Fu/f/content","isThinking":true}}}{"result":{"response":{"token":"a"}}}""")]
    [InlineData("""{"result":{"response":{"token":"<xai:tool_usage_card><xai:tool_name>browse</xai:tool_name><xai:tool_args>{\"u\":\"https:\\/\\/assets.grok.com\\/users\\/u\\/f\\/content\"}</xai:tool_args></xai:tool_usage_card>","messageTag":"tool_usage_card"}}}{"result":{"response":{"token":"a"}}}""")]
    [InlineData("""{"result":{"response":{"token":"a use"}}}{"result":{"response":{"modelResponse":{"message":"a users%2Fu%2Ff%2Fcontent"}}}}""")]
    [InlineData("""{"error":{"code":3,"message":"https://assets.grok.com/users/u/f/content is gone"}}""")]
    public async Task Nothing_that_an_answer_tells_has_a_media_address_in_it(string body)
    {
        for (var cut = 0; cut < body.Length; cut += 7)
        {
            var read = await AnswerReading.OfAsync(Encoding.UTF8.GetBytes(body), cut == 0 ? [] : [cut]);
            var told = string.Join('\n', read.Events.Select(e => e.StartsWith("image:", StringComparison.Ordinal) ? e[..e.IndexOf('|')] : e)) + read.Refusal;
            Assert.DoesNotMatch("assets.grok.com.|users.{1,6}u", told);
        }
    }

    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("Hello", "Hello")]
    [InlineData("Hell", "Hello")]
    [InlineData("Howdy world", "Hello")]
    public async Task Only_the_missing_suffix_of_the_final_message_is_added(string message, string expected)
    {
        var read = await AnswerReading.OfAsync(Token("Hel") + Token("lo") + "{\"result\":{\"response\":{\"modelResponse\":{\"message\":\"" + message + "\",\"generatedImageUrls\":[]}}}}");
        Assert.Equal(expected.Replace("|", ""), read.Text);
    }

    [Fact]
    public async Task A_final_message_without_any_token_is_the_whole_text()
    {
        var read = await AnswerReading.OfAsync("""{"result":{"response":{"modelResponse":{"responseId":"r","message":"Gr\u00fc\u00dfe \ud83d\ude00"}}}}""");
        Assert.Equal("Grüße 😀", read.Text);
    }

    [Fact]
    public async Task A_code_point_split_over_two_tokens_comes_whole_with_the_second()
    {
        var read = await AnswerReading.OfAsync(Token("a\\ud83d") + Token("\\ude00b"));
        Assert.Equal(["text:a", "text:😀b"], read.Events);
    }

    [Fact]
    public async Task Raw_bytes_split_over_two_tokens_come_whole_with_the_second()
    {
        var emoji = Encoding.UTF8.GetBytes("😀");
        byte[] body = [.. Bytes("{\"result\":{\"response\":{\"token\":\"a"), .. emoji[..2], .. Bytes("\"}}}\n{\"result\":{\"response\":{\"token\":\""),
            .. emoji[2..], .. Bytes("b\"}}}")];
        var read = await AnswerReading.OfAsync(body, []);
        Assert.Equal(["text:a", "text:😀b"], read.Events);
    }

    [Fact]
    public async Task Half_a_code_point_that_never_gets_its_rest_becomes_a_replacement()
    {
        Assert.Equal("a\ufffd", (await AnswerReading.OfAsync(Token("a\\ud83d"))).Text);
        Assert.Equal("\ufffdx", (await AnswerReading.OfAsync(Token("\\ude00x"))).Text);
        Assert.Equal("\ufffdx", (await AnswerReading.OfAsync(Token("\\ud83dx"))).Text);
        Assert.Equal("\ufffd\ufffdx", (await AnswerReading.OfAsync(Token("\\ud83d\\ud83d") + Token("x"))).Text);
    }

    [Fact]
    public async Task Held_back_text_is_not_doubled_by_the_final_message()
    {
        var read = await AnswerReading.OfAsync(Token("a\\ud83d") + """{"result":{"response":{"modelResponse":{"message":"a\ud83d\ude00"}}}}""");
        Assert.Equal("a😀", read.Text);
    }

    [Fact]
    public async Task Malformed_objects_are_skipped_and_counted()
    {
        var read = await AnswerReading.OfAsync(string.Join('\n', Token("a"), "{\"result\":{\"resp", "{nonsense}", """{"\ud83d":1}""", Token("b"), "<html>", Token("c")));
        Assert.Equal("abc", read.Text);
        Assert.True(read.Malformed >= 2);
        Assert.Null(read.Refusal);
    }

    [Theory]
    [InlineData("", "{\"result\":{\"response\":{\"token\":\"x\"")]
    [InlineData("", "{\"result\":{\"response\":{\"token\":\"x\"}")]
    [InlineData("", "{\"result\":{")]
    [InlineData("data: ", "{\"result\":{\"response\":{\"token\":\"x\",")]
    [InlineData("data:", "{\"result\":{\"response\":[1,")]
    public async Task An_object_that_is_cut_off_at_its_lines_end_takes_no_other_with_it(string prefix, string cut)
    {
        foreach (var lineEnd in new[] { "\n", "\r\n", "\n\n" })
        {
            var body = Encoding.UTF8.GetBytes(string.Concat(new[] { Token("a"), cut, Token("b"), Token("c") }.Select(line => prefix + line + lineEnd)));
            foreach (IReadOnlyList<int> cuts in new[] { [], Enumerable.Range(1, body.Length - 1).ToList() })
            {
                var read = await AnswerReading.OfAsync(body, cuts);
                Assert.Equal("abc", read.Text);
                Assert.Equal(1, read.Malformed);
                Assert.Null(read.Refusal);
            }
        }
    }

    [Fact]
    public async Task An_object_that_is_cut_off_where_a_member_may_follow_takes_one_with_it()
    {
        var read = await AnswerReading.OfAsync(string.Join('\n', Token("a"), "{\"result\":{\"x\":1,", Token("lost"), Token("b")));
        Assert.Equal("ab", read.Text);
        Assert.Equal(1, read.Malformed);
    }

    [Fact]
    public async Task An_object_over_many_lines_is_one()
    {
        var read = await AnswerReading.OfAsync("{\n\"result\":\n{\"response\":\r\n{\"token\":\"a\",\"list\":[\n{\"y\":1},\n{\"y\":2},\n   {\n}\n]}\n}\n}\n" + Token("b"));
        Assert.Equal("ab", read.Text);
        Assert.Equal(0, read.Malformed);
    }

    [Fact]
    public async Task The_end_mark_ends_the_answer()
    {
        var read = await AnswerReading.OfAsync("data: " + Token("a") + "\n\ndata: [DONE]\n\ndata: " + Token("b"));
        Assert.Equal("a", read.Text);
        Assert.Null(read.Refusal);
    }

    [Fact]
    public async Task An_end_inside_an_object_is_a_break()
    {
        var read = await AnswerReading.OfAsync(Token("a") + "\n" + Token("b")[..^2]);
        Assert.Equal("a", read.Text);
        Assert.Equal(Refusal.CutOff, read.Refusal);
    }

    [Fact]
    public async Task A_lost_connection_is_a_break()
    {
        var read = await AnswerReading.OfAsync(Bytes(Token("a")), [], new IOException("reset"));
        Assert.Equal("a", read.Text);
        Assert.Equal(Refusal.CutOff, read.Refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"result\":{\"conversation\":{\"conversationId\":\"c\"}}}")]
    [InlineData("<!DOCTYPE html><html></html>")]
    [InlineData("{\"result\":{\"response\":{\"modelResponse\":{\"message\":\"\"}}}}")]
    public async Task An_answer_without_text_is_a_refusal(string body)
    {
        var read = await AnswerReading.OfAsync(body);
        Assert.Empty(read.Events);
        Assert.Equal(Refusal.EmptyAnswer, read.Refusal);
    }

    [Theory]
    [InlineData("""{"error":{"code":7,"message":"x","details":[]}}""", LeaseOutcome.ChallengeHit)]
    [InlineData("""{"error":{"code":1,"message":"Request rejected by Anti-Bot rules."}}""", LeaseOutcome.ChallengeHit)]
    [InlineData("""{"result":{"response":{"token":"x","error":{"code":8,"message":"You have reached your usage limit"}}}}""", LeaseOutcome.QuotaExhausted)]
    [InlineData("""{"result":{"response":{"modelResponse":{"message":"x","streamErrors":["","Usage quota is used up"]}}}}""", LeaseOutcome.QuotaExhausted)]
    [InlineData("""{"result":{"response":{"modelResponse":{"streamErrors":[{"error":{"code":7}}]}}}}""", LeaseOutcome.ChallengeHit)]
    [InlineData("""{"result":{"response":{"modelResponse":{"streamErrors":[{"message":"boom","code":13}]}}}}""", LeaseOutcome.UpstreamUnavailable)]
    [InlineData("""{"error":"boom"}""", LeaseOutcome.UpstreamUnavailable)]
    public async Task Errors_inside_a_200_are_refusals(string body, LeaseOutcome outcome)
    {
        var first = await AnswerReading.OfAsync(body);
        Assert.Empty(first.Events);
        Assert.Equal(outcome, first.Refusal?.Outcome);

        var later = await AnswerReading.OfAsync(Token("a") + "\n" + body + "\n" + Token("b"));
        Assert.Equal("a", later.Text);
        Assert.Equal(outcome, later.Refusal?.Outcome);
    }

    [Fact]
    public async Task Empty_stream_errors_are_none()
    {
        var read = await AnswerReading.OfAsync("""{"error":null}{"result":{"response":{"modelResponse":{"message":"ok","streamErrors":[]},"error":{}}}}""");
        Assert.Equal("ok", read.Text);
        Assert.Null(read.Refusal);
    }

    [Fact]
    public async Task An_object_beyond_the_limit_ends_the_answer()
    {
        var read = await AnswerReading.OfAsync(Token("a") + Token(new string('x', 9 * 1024 * 1024)));
        Assert.Equal("a", read.Text);
        Assert.Equal(LeaseOutcome.UpstreamUnavailable, read.Refusal?.Outcome);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
