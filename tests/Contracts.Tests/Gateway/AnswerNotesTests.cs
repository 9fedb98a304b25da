using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.TestKit;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;
using Picture = GrokForge.Contracts.Chat.Media;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Citations, sources and pictures as clients see them.</summary>
public sealed class AnswerNotesTests
{
    private const string Mark = "[[1]](https://example.com/a)";

    private static readonly ChatEvent[] Answer =
    [
        Served(), Text("Grüße 😀 "), Text("x"),
        new() { Citation = new Citation { Text = ByteString.CopyFromUtf8(Mark), Url = "https://example.com/a", Title = "A \"page\"" } },
        Text(".\n"),
        new() { Media = new Picture { Data = ByteString.CopyFrom(0xFF, 0xD8, 0xFF, 0xE0), ContentType = "image/jpeg", Alt = "a cat" } },
        new() { Source = new Source { Url = "https://example.com/a", Title = "A", Type = "web" } },
        new() { Source = new Source { Url = "https://x.com/me/status/1", Title = "Hi", Type = "x_post" } },
        Finished(),
    ];

    private const string Content = "Grüße 😀 x" + Mark + ".\n![a cat](data:image/jpeg;base64,/9j/4A==)";
    private const string Sources =
        """[{"url":"https://example.com/a","title":"A","type":"web"},{"url":"https://x.com/me/status/1","title":"Hi","type":"x_post"}]""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_carries_them_in_their_places(bool usage)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Answer);
        using var response = await host.ChatAsync(
            """{"model":"grok-4.20","stream":true,"stream_options":{"include_usage":"""
            + (usage ? "true" : "false") + """},"messages":[{"role":"user","content":"Hi"}]}""", Token);
        var transcript = SseTranscript.Parse(await response.Content.ReadAsStringAsync(Token), usage);
        Assert.Equal(Content, transcript.Content);
        var annotations = transcript.Chunks.Where(c => c.GetProperty("choices").GetArrayLength() > 0)
            .Select(c => c.GetProperty("choices")[0].GetProperty("delta")).Where(d => d.TryGetProperty("annotations", out _)).ToList();
        AssertCites(Assert.Single(annotations).GetProperty("annotations"));
        Assert.Equal(Sources, transcript.Chunks.Single(c => c.TryGetProperty("search_sources", out _)).GetProperty("search_sources").GetRawText());
        Assert.Equal("stop", transcript.FinishReason);
    }

    [Fact]
    public async Task A_whole_answer_carries_them_and_a_picture_costs_no_tokens()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says([Text("forgotten"), Answer[3], Answer[6], new ChatEvent { Restarted = new Restarted() }, .. Answer]);
        using var response = await host.ChatAsync("""{"model":"grok-4.20","messages":[{"role":"user","content":"Hi"}]}""", Token);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;
        var message = answer.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(Content, message.GetProperty("content").GetString());
        AssertCites(message.GetProperty("annotations"));
        Assert.Equal(Sources, answer.GetProperty("search_sources").GetRawText());

        host.Upstream.Says([.. Answer.Where(e => e.EventCase != ChatEvent.EventOneofCase.Media)]);
        using var bare = await host.ChatAsync("""{"model":"grok-4.20","messages":[{"role":"user","content":"Hi"}]}""", Token);
        var usage = JsonDocument.Parse(await bare.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("usage");
        Assert.Equal(usage.GetRawText(), answer.GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_picture_kept_elsewhere_is_its_words_until_it_has_an_address()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("See "), new ChatEvent { Media = new Picture { Id = "m1", Alt = "a cat" } }, Finished());
        using var response = await host.ChatAsync("""{"model":"grok-4.20","messages":[{"role":"user","content":"Hi"}]}""", Token);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement;
        Assert.Equal("See a cat", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.False(answer.TryGetProperty("search_sources", out _));
    }

    [Fact]
    public async Task The_requests_own_options_reach_the_upstream()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("x"), Finished());
        using var response = await host.ChatAsync(
            """{"model":"grok-4.20","temporary":false,"disable_memory":false,"custom_instruction":"Be kind.","deepsearch":"deeper","messages":[{"role":"user","content":"Hi"}]}""", Token);
        var call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal((true, false, true, false, "Be kind.", "deeper"),
            (call.HasTemporary, call.Temporary, call.HasDisableMemory, call.DisableMemory, call.CustomInstruction, call.Deepsearch));

        using var silent = await host.ChatAsync("""{"model":"grok-4.20","temporary":null,"messages":[{"role":"user","content":"Hi"}]}""", Token);
        call = await host.Upstream.Calls.Reader.ReadAsync(Token);
        Assert.Equal((false, false, false), (call.HasTemporary, call.HasDisableMemory, call.HasCustomInstruction));
    }

    private static void AssertCites(JsonElement annotations)
    {
        var annotation = Assert.Single(annotations.EnumerateArray());
        Assert.Equal("url_citation", annotation.GetProperty("type").GetString());
        var citation = annotation.GetProperty("url_citation");
        Assert.Equal(("https://example.com/a", "A \"page\""), (citation.GetProperty("url").GetString(), citation.GetProperty("title").GetString()));
        var points = Content.EnumerateRunes().ToArray()[citation.GetProperty("start_index").GetInt32()..citation.GetProperty("end_index").GetInt32()];
        Assert.Equal(Mark, string.Concat(points));
    }
}
