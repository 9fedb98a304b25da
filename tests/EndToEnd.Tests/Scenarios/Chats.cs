using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

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
    public static Task<HttpResponseMessage> StreamAsync(this HttpClient client, string text, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri("v1/chat/completions", UriKind.Relative)) { Content = JsonContent.Create(Body(text, stream: true)) };
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public static async Task<string> ContentAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    public static async Task<JsonElement> ErrorAsync(this HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(p => p.Name));
        return error;
    }

    /// <summary>The content deltas of a stream's text, joined; fails on an error event or a missing [DONE].</summary>
    public static string Joined(string stream)
    {
        var content = new StringBuilder();
        var done = false;
        foreach (var data in Events(stream))
        {
            if (data == "[DONE]")
            {
                done = true;
                continue;
            }

            var chunk = JsonDocument.Parse(data).RootElement;
            Assert.False(chunk.TryGetProperty("error", out var error), error.ToString());
            foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
            {
                if (choice.GetProperty("delta").TryGetProperty("content", out var piece))
                    content.Append(piece.GetString());
            }
        }

        Assert.True(done, $"The stream ended without its end: …{stream[^Math.Min(300, stream.Length)..]}");
        return content.ToString();
    }

    public static IEnumerable<string> Events(string stream) =>
        stream.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line["data: ".Length..]);
}
