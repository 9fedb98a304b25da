using System.Globalization;
using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;
using static GrokForge.Simulator.Rules.FieldValues;

namespace GrokForge.Simulator.GrokWeb.Upload;

/// <summary>File upload: {"fileName":"image-0.png","fileMimeType":"image/png","content":"…"} -> {"fileMetadataId":"…","fileUri":"users/…/content"}</summary>
internal sealed class UploadSurface(UploadedFiles files) : GrokWebSurface
{
    private const string Section = "8.1";
    private const string UserId = "d0000000-0000-4000-8000-000000000001";

    private static readonly FieldRule[] Fields =
    [
        new("fileName", true, "a file name", IsFilledString),
        new("fileMimeType", true, "a MIME type", value => IsFilledString(value) && value.GetString()!.Contains('/', StringComparison.Ordinal)),
        new("content", true, "bare base64 without a data: prefix", value => IsFilledString(value) && value.TryGetBytesFromBase64(out _)),
    ];

    public override Surface Surface => Surface.Upload;

    public override string Path => "/rest/app-chat/upload-file";

    public override void Check(JsonElement body, string token, Findings findings)
    {
        if (IsObject(body))
        {
            FieldRule.CheckAll(body, Fields, Section, "", findings);
        }
        else
        {
            findings.Add(Section, "body", "must be an object");
        }
    }

    public override Answer Reply(ReceivedRequest request)
    {
        var body = request.Json.GetValueOrDefault();
        if (!IsObject(body) || !body.TryGetProperty("content", out var content) || !IsString(content) || !content.TryGetBytesFromBase64(out var bytes))
        {
            return Answer.Failure(400, 3, "Invalid file content");
        }

        var id = "f0000000-0000-4000-8000-" + request.Number.ToString("x12", CultureInfo.InvariantCulture);
        files.Add(new(id, request.Token, Text(body, "fileName"), Text(body, "fileMimeType"), bytes));
        return Answer.Json($$"""{"fileMetadataId":"{{id}}","fileUri":"users/{{UserId}}/{{id}}/content"}""");
    }

    public override void Clear()
    {
        base.Clear();
        files.Clear();
    }

    private static string Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) && IsString(value) ? value.GetString()! : "";
}
