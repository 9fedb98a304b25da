using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What an answer carries beside plain words, as clients see it in every home.</summary>
public abstract class FidelityScenarios(Home home) : HomeScenarios(home)
{
    private const string Card = """{"id":"Cd2","type":"render_inline_citation","cardType":"citation_card","url":"https://example.com/a"}""";
    private const string Picture = "users/u/generated/i1/image.jpg";

    private static readonly string[] UsualTags = ["xaiartifact", "xai:tool_usage_card", "grok:render"];
    private static readonly string[] OtherTags = ["note"];
    private static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 1, 2, 3];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Citations_stand_in_the_text_and_say_where(bool stream)
    {
        var answer = await AskAsync(stream, Answer.Begin().WebSearch(("https://example.com/a", "Page A"), ("https://example.com/b", "Page B"))
            .Card(Card).Say("Grüße: 1 < 2, ").Render("Cd2", "citation_card", "render_inline_citation").Say("indeed.").End());
        Assert.Equal("Grüße: 1 < 2, [[1]](https://example.com/a)indeed.", answer.Content);
        var citation = Assert.Single(answer.Annotations).GetProperty("url_citation");
        Assert.Equal("[[1]](https://example.com/a)", answer.Content[citation.GetProperty("start_index").GetInt32()..citation.GetProperty("end_index").GetInt32()]);
        Assert.Equal("Page A", citation.GetProperty("title").GetString());
        Assert.Equal(
            """[{"url":"https://example.com/a","title":"Page A","type":"web"},{"url":"https://example.com/b","title":"Page B","type":"web"}]""", answer.Sources);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_source_is_listed_once_and_a_tool_card_is_one_line(bool stream)
    {
        var answer = await AskAsync(stream, Answer.Begin().Token("Well<xai:tool_usage_card><xai:tool_name>web_").Token("search</xai:tool_name><xai:tool_args><![CDATA[{\"query\":\"grok\"}]]></xai:tool_")
            .Token("args></xai:tool_usage_card>found.").WebSearch(("https://example.com/a", "Page A")).XSearch(("7", "bob", "A post")).XSearch(("7", "bob", "A post"))
            .WebSearch(("https://example.com/a", "Page A")).End());
        Assert.Equal("Well\n[WebSearch] grok\nfound.", answer.Content);
        Assert.Equal(["https://example.com/a", "https://x.com/bob/status/7"], JsonDocument.Parse(answer.Sources).RootElement.EnumerateArray().Select(s => s.GetProperty("url").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_picture_comes_as_base64_markdown_once_and_no_address_leaves(bool stream)
    {
        Home.Grok.Assets.ForAnyToken.Respond(Answer.File(Png, "image/jpeg"));
        var answer = await AskAsync(stream, Answer.Begin().Say("Here it is, from grok.com:").Image("i1", "users/u/generated/i1-part-0/image.jpg", 50, moderated: false)
            .Image("i1", Picture, 100, moderated: false).Say(" and ").Token("![again](users/u/gen").Token("erated/i2/image.jpg)")
            .Final("Here it is, from grok.com: and ![again](users/u/generated/i2/image.jpg)", Picture, "users/u/generated/i2/image.jpg"));
        var data = Convert.ToBase64String(Png);
        Assert.Equal($"Here it is, from grok.com:\n![image](data:image/png;base64,{data})\n and ![again](data:image/png;base64,{data})", answer.Content);
        Assert.DoesNotContain("generated", answer.Raw, StringComparison.Ordinal);
        var token = Home.Grok.Chats.Single().Token;
        Assert.Equal([token, token], Home.Grok.Requests.Where(r => r.Surface == Surface.Asset).Select(r => r.Token));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_listed_tag_split_over_tokens_does_not_appear_and_the_text_around_it_does(bool stream)
    {
        var answer = await AskAsync(stream, Answer.Begin().Token("a<xai").Token("artifact id=\"1\">gone</xaiarti").Token("fact>b <").Token("c").End());
        Assert.Equal("ab <c", answer.Content);
    }

    [Fact]
    public async Task The_operators_list_of_tags_acts_on_the_next_request()
    {
        await Home.PutConfigAsync(new { app = new { filter_tags = OtherTags } });
        try
        {
            await Until.TrueAsync(async () => (await AskAsync(stream: false, Answer.Text("a<note>gone</note>b<xaiartifact/>"))).Content == "ab<xaiartifact/>", "the new list acts");
        }
        finally
        {
            await Home.PutConfigAsync(new { app = new { filter_tags = UsualTags } });
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_final_messages_suffix_is_not_lost(bool stream)
    {
        var answer = await AskAsync(stream, Answer.Begin().Say("Once upon").Final("Once upon a time<xaiartifact>x</xaiartifact>."));
        Assert.Equal("Once upon a time.", answer.Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Errors_inside_a_200_are_a_status_while_nothing_was_sent(bool stream)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().WebSearch(("https://example.com/a", "A")).ResponseError(8, "You have reached your usage limit for this model."));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.PostAsJsonAsync(new Uri("v1/chat/completions", UriKind.Relative), Chats.Body("Hi", stream), Cancelled);
        var error = await answer.ErrorAsync();
        Assert.Equal((HttpStatusCode.BadGateway, "upstream_error"), (answer.StatusCode, error.GetProperty("code").GetString()));
        Assert.Contains("usage limit of the token", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_requests_own_options_reach_the_upstream()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.PostAsJsonAsync(new Uri("v1/chat/completions", UriKind.Relative),
            new
            {
                model = "grok-4.20-fast",
                temporary = false,
                disable_memory = false,
                custom_instruction = "Be kind.",
                deepsearch = "deeper",
                messages = new[] { new { role = "user", content = "Hi" } },
            }, Cancelled);
        await answer.ContentAsync();
        var body = Assert.Single(Home.Grok.Chats).Json!.Value;
        Assert.False(body.GetProperty("temporary").GetBoolean());
        Assert.False(body.GetProperty("disableMemory").GetBoolean());
        Assert.Equal("Be kind.", body.GetProperty("customPersonality").GetString());
        Assert.Equal("deeper", body.GetProperty("deepsearchPreset").GetString());
    }

    private async Task<Told> AskAsync(bool stream, Answer answer)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(answer);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var response = await client.PostAsJsonAsync(new Uri("v1/chat/completions", UriKind.Relative), Chats.Body("Hi", stream), Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, text);
        return stream ? Told.InStream(text) : Told.Whole(text);
    }

    /// <summary>An answer as its client has it.</summary>
    private sealed record Told(string Content, IReadOnlyList<JsonElement> Annotations, string Sources, string Raw)
    {
        public static Told Whole(string text)
        {
            var answer = JsonDocument.Parse(text).RootElement;
            var message = answer.GetProperty("choices")[0].GetProperty("message");
            return new Told(message.GetProperty("content").GetString()!, AnnotationsOf(message), SourcesOf(answer), text);
        }

        public static Told InStream(string text)
        {
            var chunks = SseTranscript.Parse(text).Chunks;
            var deltas = chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()).Select(c => c.GetProperty("delta"));
            return new Told(Chats.Joined(text), [.. deltas.SelectMany(AnnotationsOf)], string.Concat(chunks.Select(SourcesOf)), text);
        }

        private static JsonElement[] AnnotationsOf(JsonElement holder) =>
            holder.TryGetProperty("annotations", out var annotations) ? [.. annotations.EnumerateArray()] : [];

        private static string SourcesOf(JsonElement holder) => holder.TryGetProperty("search_sources", out var sources) ? sources.GetRawText() : "";
    }
}

/// <summary>The fidelity scenarios in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class FidelityInAllInOne(AllInOneHome home) : FidelityScenarios(home);

/// <summary>The fidelity scenarios over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class FidelityOverServices(DistributedHome home) : FidelityScenarios(home);
