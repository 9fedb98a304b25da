using System.Text;

namespace GrokForge.LoadBench.Generator;

/// <summary>The bytes of one request, as they go over the socket.</summary>
internal static class ChatRequest
{
    /// <param name="mark">Chooses the upstream's pace: see <see cref="Upstream.MockUpstream"/>.</param>
    public static byte[] Make(string host, string key, string model, bool stream, string mark)
    {
        var body = $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"Tell me about the quick brown fox. {{mark}}"}]}""";
        return Encoding.UTF8.GetBytes(
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nAccept: */*\r\nUser-Agent: grokforge-bench\r\n"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }
}
