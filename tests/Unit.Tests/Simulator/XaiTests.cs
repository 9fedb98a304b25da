using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>The official API as the simulator speaks it.</summary>
public sealed class XaiTests : SimulatorTest
{
    private const string Ask = """{"model":"grok-4","messages":[{"role":"user","content":"Hi"}]}""";
    private const string AskForStream = """{"model":"grok-4","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]}""";

    [Fact]
    public async Task A_whole_chat_says_what_the_user_said_and_what_it_cost()
    {
        var answer = JsonDocument.Parse(await BodyAsync(Ask)).RootElement;
        Assert.Equal("Hello from the simulator. You said: Hi", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(135, answer.GetProperty("usage").GetProperty("total_tokens").GetInt32());
        Assert.Empty(Grok.Violations);
    }

    [Fact]
    public async Task A_streamed_chat_ends_with_usage_and_the_end_mark()
    {
        Grok.Xai.Chat.ForAnyToken.Respond(r => XaiReply.Text("one two").Thinking("Hm.").Calling("f", "{}").Citing("https://example.com").For(r));
        var lines = (await BodyAsync(AskForStream)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", lines[^1]);
        Assert.Contains("\"usage\":{", lines[^2], StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"tool_calls\"", lines[^3], StringComparison.Ordinal);
        Assert.Contains("\"citations\":[", lines[^3], StringComparison.Ordinal);
        Assert.Contains("\"reasoning_content\":\"Hm.\"", lines[0], StringComparison.Ordinal);
        Assert.Empty(Grok.Violations);
    }

    [Fact]
    public async Task Without_a_key_it_answers_401()
    {
        using var response = await SendAsync("/v1/chat/completions", Ask, key: null);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Contains(Grok.Violations, v => v.Item == "authorization");
    }

    [Fact]
    public async Task A_key_is_answered_by_its_script_and_recorded()
    {
        Grok.Xai.Chat.ForToken("xai-a").Next(XaiRefusal.RateLimited(TimeSpan.FromSeconds(7))).Next(Answer.Status(503));
        using (var limited = await SendAsync("/v1/chat/completions", Ask))
            Assert.Equal((429, "7"), ((int)limited.StatusCode, limited.Headers.GetValues("Retry-After").Single()));
        using (var broken = await SendAsync("/v1/chat/completions", Ask))
            Assert.Equal(503, (int)broken.StatusCode);
        using (var fine = await SendAsync("/v1/chat/completions", Ask))
            Assert.Equal(200, (int)fine.StatusCode);
        Assert.Equal(["xai-a", "xai-a", "xai-a"], Grok.ApiChats.Select(r => r.Token));
    }

    [Theory]
    [InlineData("""{"model":"xai/grok-4","messages":[]}""", "model")]
    [InlineData("""{"model":"grok-4","messages":"Hi"}""", "messages")]
    [InlineData("""{"model":"grok-4","stream":true,"messages":[]}""", "stream_options")]
    [InlineData("""{"model":"grok-4","model":"grok-4","messages":[]}""", "body")]
    public async Task What_a_good_client_would_not_send_is_listed(string body, string item)
    {
        await BodyAsync(body);
        Assert.Contains(Grok.Violations, v => v.Item == item);
    }

    [Fact]
    public async Task Pictures_come_as_they_were_asked_for()
    {
        using var bytes = await SendAsync("/v1/images/generations", """{"model":"grok-2-image","prompt":"A cat","response_format":"b64_json"}""");
        Assert.Contains("b64_json", await bytes.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Empty(Grok.Violations);
        using var addresses = await SendAsync("/v1/images/generations", """{"model":"grok-2-image","prompt":"A cat"}""");
        Assert.Contains("https://imgen.x.ai/", await addresses.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Contains(Grok.Violations, v => v.Item == "response_format");
    }

    private async Task<string> BodyAsync(string body)
    {
        using var response = await SendAsync("/v1/chat/completions", body);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string body, string? key = "xai-a")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(BaseAddress, path)) { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return await Client.SendAsync(request, Token);
    }
}
