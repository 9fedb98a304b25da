using System.Text;
using CsCheck;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Unit.Tests.Upstream.GrokWeb;

/// <summary>Cards, citations, sources and pictures of whole answers.</summary>
public sealed class AnswerShowTests
{
    private const string CitationCard = """{"result":{"response":{"cardAttachment":{"jsonData":"{\"id\":\"C1\",\"type\":\"render_inline_citation\",\"cardType\":\"citation_card\",\"url\":\"https://example.com/a(1)\"}"}}}}""";
    private const string SecondCard = """{"result":{"response":{"cardAttachments":[{"jsonData":{"id":"C2","url":"https://example.com/b"}}]}}}""";
    private const string Search = """{"result":{"response":{"token":"","webSearchResults":{"results":[{"url":"https://example.com/a(1)","title":"A"},{"url":"https://example.com/a(1)","title":"again"},{"url":"users/u/f/content"}]},"xSearchResults":{"results":[{"postId":"7","username":"me","text":" Hello\n there "},{"postId":"8","username":"you","text":""},{"username":"nobody"}]}}}}""";

    [Fact]
    public async Task Citations_are_numbered_by_address_and_not_repeated_at_once()
    {
        var read = await ReadAsync(Search, CitationCard, SecondCard, Token("One" + Cite("C1") + Cite("C1") + " two" + Cite("C2") + Cite("C1") + Cite("C3") + "."));
        Assert.Equal(
            ["text:One", "citation:[[1]](https://example.com/a%281%29)|https://example.com/a(1)|A", "text: two", "citation:[[2]](https://example.com/b)|https://example.com/b|",
                "citation:[[1]](https://example.com/a%281%29)|https://example.com/a(1)|A", "text:.",
                "source:web|https://example.com/a(1)|A", "source:x_post|https://x.com/me/status/7|Hello there", "source:x_post|https://x.com/you/status/8|𝕏/@you"],
            read.Events);
    }

    [Fact]
    public async Task Posts_are_titled_by_their_first_fifty_code_points()
    {
        var words = string.Concat(Enumerable.Repeat("😀", 60));
        var read = await ReadAsync(Token("x"), "{\"result\":{\"response\":{\"modelResponse\":{\"message\":\"x\",\"xposts\":[{\"postId\":\"1\",\"username\":\"u\",\"text\":\"" + words + "\"}]}}}}");
        Assert.Equal("source:x_post|https://x.com/u/status/1|" + string.Concat(Enumerable.Repeat("😀", 50)) + "…", read.Events[^1]);
    }

    [Fact]
    public async Task Tool_cards_become_lines_of_their_own_in_their_voice()
    {
        var card = "<xai:tool_usage_card><xai:tool_name>web_search</xai:tool_name><xai:tool_args><![CDATA[{\"query\":\"x\"}]]></xai:tool_args></xai:tool_usage_card>";
        var read = await ReadAsync(
            Token("Hm", ",\"isThinking\":true"), Token(card, ",\"isThinking\":true,\"messageTag\":\"tool_usage_card\",\"rolloutId\":\"Agent 1\""),
            Token(card[..20], ",\"isThinking\":true"), Token("Yes" + card + "No"), Token(card[20..], ",\"isThinking\":true"));
        Assert.Equal("Hm\n[Agent 1][WebSearch] x\n[WebSearch] x\n", read.Reasoning);
        Assert.Equal("Yes\n[WebSearch] x\nNo", read.Text);
    }

    [Fact]
    public async Task Unlisted_tags_pass_as_they_are()
    {
        var rules = AnswerRules.Of(new SettingsSnapshot { App = new AppOptions { FilterTags = ["xaiartifact"] } });
        var text = Cite("C1") + "<xaiartifact>gone</xaiartifact>";
        var read = await AnswerReading.OfAsync(Encoding.UTF8.GetBytes(CitationCard + Token(text)), [], rules);
        Assert.Equal(Cite("C1"), read.Text);
    }

    [Fact]
    public async Task A_suffix_of_the_final_message_loses_its_tags_too()
    {
        var raw = "One<xaiartifact>gone</xaiartifact> two" + Cite("C1");
        var read = await ReadAsync(CitationCard, Token(raw[..10]), Token(raw[10..30]), Message(raw + " three<xaiartifact/>."));
        Assert.Equal(["text:One", "text: two", "citation:[[1]](https://example.com/a%281%29)|https://example.com/a(1)|", "text: three", "text:."], read.Events);
    }

    [Fact]
    public async Task A_picture_is_shown_once_however_often_it_comes()
    {
        const string path = "users/u/generated/i1/image.jpg";
        var read = await ReadAsync(
            Token("Here"), Progress("i1", "users/u/generated/i1-part-0/image.jpg", 50), Progress("i1", path, 100),
            "{\"result\":{\"response\":{\"cardAttachment\":{\"jsonData\":\"{\\\"id\\\":\\\"P\\\",\\\"image_chunk\\\":{\\\"imageUuid\\\":\\\"i1\\\",\\\"imageUrl\\\":\\\"https://assets.grok.com/" + path + "\\\",\\\"progress\\\":100}}\"}}}}",
            Token("it is."), Message("Hereit is. Enjoy.", path, "users/u/generated/i2/image.jpg"));
        Assert.Equal(
            ["text:Here", "text:\n", "image:image|" + path, "text:\n", "text:it is.", "text: Enjoy.", "text:\n", "image:image|users/u/generated/i2/image.jpg"], read.Events);
    }

    [Fact]
    public async Task A_moderated_picture_never_comes_back()
    {
        const string path = "users/u/generated/i1/image.jpg";
        var read = await ReadAsync(Token("Here"), Progress("i1", path, 100, moderated: true), Message("Here", path, "/users/u/generated/i1/other.jpg"));
        Assert.Equal(["text:Here"], read.Events);
    }

    [Fact]
    public async Task Only_moderated_pictures_are_a_refusal_of_the_request()
    {
        var read = await ReadAsync(Progress("i1", "users/u/generated/i1/image.jpg", 100, moderated: true));
        Assert.Empty(read.Events);
        Assert.Equal(Refusal.Policy, read.Refusal);
    }

    [Fact]
    public async Task Searches_without_an_answer_are_no_answer()
    {
        var read = await ReadAsync(Search);
        Assert.Empty(read.Events);
        Assert.Equal(Refusal.EmptyAnswer, read.Refusal);
    }

    [Fact]
    public async Task Searched_pictures_stand_where_they_are_referred_to_or_at_the_end()
    {
        const string card = """{\"id\":\"Ef3\",\"type\":\"render_searched_image\",\"image\":{\"original\":\"https://example.com/p.jpg\",\"thumbnail\":\"https://example.com/t.jpg\",\"title\":\"A [fine]\\n picture\",\"link\":\"https://example.com/p\"}}""";
        var attachment = "{\"result\":{\"response\":{\"cardAttachment\":{\"jsonData\":\"" + card + "\"}}}}";
        var referred = await ReadAsync(attachment, Token("See <grok:render card_id=\"Ef3\" type=\"render_searched_image\"></grok:render>!"));
        Assert.Equal("See [![A fine picture](https://example.com/t.jpg)](https://example.com/p)!", referred.Text);

        var forgotten = await ReadAsync(attachment, Token("See."));
        Assert.Equal("See.\n![A fine picture](https://example.com/p.jpg)", forgotten.Text);

        var ours = await ReadAsync(attachment.Replace("https://example.com/t.jpg", "https://assets.grok.com/t.jpg", StringComparison.Ordinal),
            Token("See <grok:render card_id=\"Ef3\" type=\"render_searched_image\"></grok:render>!"));
        Assert.Equal(["text:See ", "image:A fine picture|https://assets.grok.com/t.jpg", "text:!"], ours.Events);
    }

    [Fact]
    public async Task An_address_of_the_upstream_in_the_reasoning_becomes_its_words()
    {
        var read = await ReadAsync(Token("look ![a cat](users/u/generated/i/image.jpg) ok", ",\"isThinking\":true"), Token("x"));
        Assert.Equal("look a cat ok", read.Reasoning);
    }

    [Fact]
    public async Task However_tokens_cut_an_answer_it_says_the_same()
    {
        var text = "1 < 2, see ![a cat](users/u/generated/i/image.jpg) and https://assets.grok.com/x.jpg " + Cite("C1") + " <xaiartifact a=\"b\">gone</xaiartifact> grok.com "
            + "<xai:tool_usage_card><xai:tool_name>web_search</xai:tool_name><xai:tool_args><![CDATA[{\"query\":\"x\"}]]></xai:tool_args></xai:tool_usage_card>end <xai:too";
        var whole = Joined(await ReadAsync(CitationCard, Token(text)));
        Assert.Equal("1 < 2, see {image:a cat|users/u/generated/i/image.jpg} and {image:image|https://assets.grok.com/x.jpg} {citation:[[1]](https://example.com/a%281%29)|https://example.com/a(1)|}"
            + "  grok.com \n[WebSearch] x\nend <xai:too", whole);
        await Gen.Int[1, text.Length].Array[0, 30].SampleAsync(async cuts =>
        {
            var tokens = Pieces.Of(text, cuts).Select(piece => Token(Encoding.UTF8.GetString(piece)));
            Assert.Equal(whole, Joined(await ReadAsync([CitationCard, .. tokens])));
        }, iter: 300);
    }

    [Fact]
    public async Task Nothing_that_may_come_throws()
    {
        var value = Gen.Const((string[])["null", "1", "\"\\ud800\"", "\"x\"", "[]", "[1,null]", "{}", "{\"results\":7}", "{\"jsonData\":\"{\"}", "{\"jsonData\":\"{\\\"id\\\":1,\\\"image\\\":[]}\"}",
            "{\"jsonData\":\"null\"}", "[{\"url\":\"\\udfff\"}]", "{\"progress\":100,\"imageUrl\":\"::\"}"]);
        var name = Gen.Int[0, 8].Select(i => ((string[])["token", "cardAttachment", "cardAttachments", "webSearchResults", "xSearchResults", "streamingImageGenerationResponse", "generatedImageUrls",
            "rolloutId", "modelResponse"])[i]);
        await Gen.Select(name.Array[1, 6], Gen.Int[0, 12].Array[6], value).SampleAsync(async (names, picks, values) =>
        {
            var body = "{\"result\":{\"response\":{" + string.Join(',', names.Select((n, i) => $"\"{n}\":{values[picks[i]]}")) + "}}}" + Token("end");
            Assert.EndsWith("end", (await AnswerReading.OfAsync(body)).Text, StringComparison.Ordinal);
        }, iter: 2000);
    }

    private static string Joined(AnswerReading read) =>
        string.Concat(read.Events.Select(e => e.StartsWith("text:", StringComparison.Ordinal) ? e["text:".Length..] : "{" + e + "}"));

    private static Task<AnswerReading> ReadAsync(params IEnumerable<string> objects) => AnswerReading.OfAsync(string.Join('\n', objects));

    private static string Cite(string card) => $"<grok:render card_id=\"{card}\" card_type=\"citation_card\" type=\"render_inline_citation\"><argument name=\"citation_id\">0</argument></grok:render>";

    private static string Token(string text, string rest = "") => "{\"result\":{\"response\":{\"token\":" + Json(text) + rest + "}}}";

    private static string Message(string text, params string[] pictures) =>
        "{\"result\":{\"response\":{\"modelResponse\":{\"message\":" + Json(text) + ",\"generatedImageUrls\":[" + string.Join(',', pictures.Select(Json)) + "]}}}}";

    private static string Progress(string id, string path, int progress, bool moderated = false) =>
        "{\"result\":{\"response\":{\"streamingImageGenerationResponse\":{\"imageId\":" + Json(id) + ",\"imageUrl\":" + Json(path) + ",\"progress\":"
            + progress.ToString(System.Globalization.CultureInfo.InvariantCulture) + ",\"moderated\":" + (moderated ? "true" : "false") + "}}}}";

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
