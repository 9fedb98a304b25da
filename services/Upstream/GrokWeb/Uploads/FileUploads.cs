using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.GrokWeb.Uploads;

/// <summary>Uploads a request's pictures and files with the token that will ask about them: each once per lease, however many tries the lease gets.</summary>
internal static class FileUploads
{
    private const string Path = "/rest/app-chat/upload-file";
    private const int AnswerLimit = 64 * 1024;

    private static readonly Refusal Nameless = Refusal.Unavailable("accepted a file without giving it an id");

    /// <returns>Why the upstream did not take a file; null: the lease has the ids of all.</returns>
    public static async Task<Refusal?> UploadAsync(ChatTry attempt, ConnectionUse use, TimeProvider time)
    {
        var uploaded = attempt.Lease.UploadedFiles;
        var index = 0;
        foreach (var message in attempt.Call.Messages)
        {
            foreach (var part in message.Parts)
            {
                if (part.KindCase is not (Part.KindOneofCase.Image or Part.KindOneofCase.File) || index++ < uploaded.Count)
                    continue;
                var (id, refusal) = await UploadAsync(part, index - 1, attempt, use, time);
                if (refusal is not null)
                    return refusal;
                uploaded.Add(id);
            }
        }
        return null;
    }

    private static async Task<(string Id, Refusal? Refusal)> UploadAsync(Part part, int index, ChatTry attempt, ConnectionUse use, TimeProvider time)
    {
        var settings = attempt.Settings;
        var content = new ReadOnlyMemoryContent(UploadBody.Write(part, index));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, settings.Upstream.WebBaseUrl + Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = content,
        };
        GrokHeaders.Apply(request, settings);
        request.Headers.TryAddWithoutValidation("Cookie", GrokCookies.Header(attempt.Lease.Secret, settings.Proxy));
        using var response = await use.SendAsync(request, attempt.Limits.Token);
        if (response.StatusCode != HttpStatusCode.OK)
            return ("", await GrokRefusals.ReadAsync(response, settings, time, attempt.Limits.Token));
        return await IdAsync(response, attempt.Limits.Token) is { Length: > 0 } id ? (id, null) : ("", Nameless);
    }

    /// <summary>{"fileMetadataId":"7d1f0c52-…","fileUri":"users/…/content"}</summary>
    private static async Task<string?> IdAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var bytes = new byte[AnswerLimit];
        var read = await stream.ReadAtLeastAsync(bytes, AnswerLimit, throwOnEndOfStream: false, cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(0, read));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("fileMetadataId", out var id) && id.ValueKind == JsonValueKind.String
                ? id.GetString()
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
