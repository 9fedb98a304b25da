using System.Buffers;
using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.GrokWeb.Uploads;

/// <summary>Writes the body of an upload: {"fileName":"image-0.png","fileMimeType":"image/png","content":"iVBORw0…"}</summary>
internal static class UploadBody
{
    /// <param name="index">The file's place among the request's files.</param>
    public static ReadOnlyMemory<byte> Write(Part part, int index)
    {
        var isImage = part.KindCase == Part.KindOneofCase.Image;
        var bytes = isImage ? part.Image.Data.Span : part.File.Data.Span;
        var type = isImage ? part.Image.ContentType : part.File.ContentType;
        var buffer = new ArrayBufferWriter<byte>((bytes.Length / 3 * 4) + 1024);
        using (var json = new Utf8JsonWriter(buffer, GrokChatBody.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("fileName", isImage || part.File.Name.Length == 0 ? $"{(isImage ? "image" : "file")}-{index}.{Extension(type)}" : FileName(part.File.Name));
            json.WriteString("fileMimeType", type.Contains('/', StringComparison.Ordinal) ? type : "application/octet-stream");
            json.WriteBase64String("content", bytes);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static string Extension(string type) => type switch
    {
        "image/png" => "png",
        "image/webp" => "webp",
        "image/gif" => "gif",
        "image/jpeg" => "jpg",
        "application/pdf" => "pdf",
        _ => "bin",
    };

    // A client's name may hold folders of its own machine.
    private static string FileName(string name) => name[(name.LastIndexOfAny(['/', '\\']) + 1)..] is { Length: > 0 } last ? last : "file.bin";
}
