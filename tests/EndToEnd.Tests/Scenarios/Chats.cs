using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>How tests speak chat completions: plainly, over HttpClient.</summary>
internal static class Chats
{
    public static object Body(string text, bool stream = false, string model = "grok-4.20-fast") =>
        new { model, stream, messages = new[] { new { role = "user", content = text } } };

    public static Task<HttpResponseMessage> ChatAsync(this HttpClient client, string text, string model = "grok-4.20-fast") =>
        client.PostAsJsonAsync(new Uri("v1/chat/completions", UriKind.Relative), Body(text, model: model), TestContext.Current.CancellationToken);

    /// <summary>Sends a body given as JSON and answers as soon as the headers are there.</summary>
    public static Task<HttpResponseMessage> SendAsync(this HttpClient client, string body, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("v1/chat/completions", UriKind.Relative)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    /// <summary>Sends a streamed request and answers as soon as the headers are there.</summary>
    public static Task<HttpResponseMessage> StreamAsync(this HttpClient client, string text, CancellationToken cancellationToken) =>
        client.SendAsync(Body(text, stream: true), cancellationToken);

    public static Task<HttpResponseMessage> StreamAsync(this HttpClient client, string text, string model, CancellationToken cancellationToken) =>
        client.SendAsync(Body(text, stream: true, model), cancellationToken);

    public static Task<HttpResponseMessage> StreamWithUsageAsync(this HttpClient client, string text, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToNode(Body(text, stream: true))!.AsObject();
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        return client.SendAsync(body, cancellationToken);
    }

    /// <summary>The usage object of an answer, streamed or whole.</summary>
    public static JsonElement UsageOf(string answer)
    {
        if (!answer.StartsWith('{'))
            return SseTranscript.Parse(answer, usageAsked: true).Usage!.Value;
        var usage = JsonDocument.Parse(answer).RootElement.GetProperty("usage");
        UsageRules.Check(usage);
        return usage;
    }

    public static async Task<string> ContentAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        UsageOf(text);
        return JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    public static async Task<JsonElement> ErrorAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(p => p.Name));
        return error;
    }

    /// <summary>The content of a stream's text; fails where the stream does not keep the contract or tells of an error.</summary>
    public static string Joined(string stream)
    {
        var transcript = SseTranscript.Parse(stream);
        Assert.True(transcript.Error is null, transcript.Error?.ToString());
        return transcript.Content;
    }

    private static Task<HttpResponseMessage> SendAsync(this HttpClient client, object body, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("v1/chat/completions", UriKind.Relative)) { Content = JsonContent.Create(body) };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }
}
