using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace GrokForge.Contracts.Tests.Admin;

/// <summary>Speaks to /admin and reads its answers.</summary>
internal static class Rest
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<JsonElement> OkAsync(this HttpClient client, string method, string path, object? body = null, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var answer = await client.SendAsync(method, path, body);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == expected, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The error of a refused request; its envelope is checked on the way.</summary>
    public static async Task<JsonElement> RefusedAsync(this HttpClient client, string method, string path, object? body, HttpStatusCode expected)
    {
        using var answer = await client.SendAsync(method, path, body);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == expected, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return ErrorOf(answer, text);
    }

    public static JsonElement ErrorOf(HttpResponseMessage answer, string text)
    {
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var error = JsonDocument.Parse(text).RootElement.GetProperty("error");
        Assert.Equal(JsonValueKind.String, error.GetProperty("message").ValueKind);
        Assert.Equal(JsonValueKind.String, error.GetProperty("type").ValueKind);
        Assert.Equal(JsonValueKind.String, error.GetProperty("code").ValueKind);
        Assert.Contains(error.GetProperty("param").ValueKind, new[] { JsonValueKind.String, JsonValueKind.Null });
        return error;
    }

    /// <param name="body">A string goes as it is, anything else as JSON.</param>
    public static async Task<HttpResponseMessage> SendAsync(this HttpClient client, string method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        // A body that is refused for its size is not sent then; else the answer may be lost with the connection.
        request.Headers.ExpectContinue = body is string { Length: > 1_000_000 };
        request.Content = body switch
        {
            null => null,
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            byte[] bytes => new ByteArrayContent(bytes),
            _ => JsonContent.Create(body),
        };
        return await client.SendAsync(request, Cancel);
    }

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();
}
