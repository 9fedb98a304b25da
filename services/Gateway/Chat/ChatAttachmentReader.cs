using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using GrokForge.Gateway.Images;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads the pictures and files among a message's parts: {"type":"image_url","image_url":{"url":"data:image/png;base64,…"}}</summary>
internal static class ChatAttachmentReader
{
    public const string Unsupported = "unsupported_content";

    public static bool Knows(string type) => type is "image_url" or "input_image" or "file" or "input_file" or "input_audio" or "audio";

    /// <returns>Null where a rule is broken.</returns>
    public static Attachment? Read(string type, JsonFields part, FirstViolation violation) => type switch
    {
        "image_url" or "input_image" => Image(part, violation),
        "file" => part.Object("file") is { } file ? File(new JsonFields(file, part.PathOf("file"), violation), violation) : Missing(part.PathOf("file"), violation),
        "input_file" => File(part, violation),
        _ => Refuse(part.PathOf(type), Unsupported, "Audio cannot be taken by this model; send its transcript as text.", violation),
    };

    private static Attachment? Image(JsonFields part, FirstViolation violation)
    {
        var path = part.PathOf("image_url");
        var image = part.Find("image_url");
        if (image is { ValueKind: JsonValueKind.Object } wrapped)
            image = new JsonFields(wrapped, path, violation).Find("url");
        if (image is not { ValueKind: JsonValueKind.String } address)
            return Refuse(path, "invalid_image_url", $"'{path}' must be a data URI or an http(s) URL, or an object with such a 'url'.", violation);
        return FromText(address, new Attachment(path, IsImage: true), isData: false, violation);
    }

    private static Attachment? File(JsonFields file, FirstViolation violation)
    {
        var name = file.Text("filename") ?? "";
        if (file.Find("file_data") is { ValueKind: JsonValueKind.String } content)
            return FromText(content, new Attachment(file.PathOf("file_data"), IsImage: false) { Name = name }, isData: true, violation);
        if (file.Find("file_url") is { ValueKind: JsonValueKind.String } address)
            return FromText(address, new Attachment(file.PathOf("file_url"), IsImage: false) { Name = name }, isData: false, violation);
        return file.Find("file_id") is null
            ? Missing(file.PathOf("file_data"), violation)
            : Refuse(file.PathOf("file_id"), Unsupported, "Files cannot be stored here beforehand; send the content as 'file_data'.", violation);
    }

    /// <param name="isData">Bare base64 is taken as well, and addresses are not.</param>
    private static Attachment? FromText(JsonElement value, Attachment attachment, bool isData, FirstViolation violation)
    {
        // The raw bytes, as a picture's text would be copied twice otherwise.
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        var text = raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : raw;
        text = text.Trim(" \t\r\n"u8);
        if (DataUri.Is(text))
        {
            return DataUri.TryRead(text, out var mediaType, out var bytes)
                ? attachment with { Bytes = bytes, ContentType = mediaType }
                : Refuse(attachment.Path, Code(attachment, "invalid_base64_image"), $"'{attachment.Path}' must hold valid base64 after 'data:<media type>;base64,'.", violation);
        }

        if (isData)
        {
            return DataUri.TryReadBase64(text, out var bytes)
                ? attachment with { Bytes = bytes }
                : Refuse(attachment.Path, "invalid_file", $"'{attachment.Path}' must be base64 or a base64 data URI.", violation);
        }

        return text.Length <= MaxAddressBytes && Uri.TryCreate(Encoding.UTF8.GetString(text), UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? attachment with { Address = address }
            : Refuse(attachment.Path, Code(attachment, "invalid_image_url"), $"'{attachment.Path}' must be a base64 data URI or an http(s) URL.", violation);
    }

    private const int MaxAddressBytes = 8 * 1024;

    private static string Code(Attachment attachment, string ofImage) => attachment.IsImage ? ofImage : "invalid_file";

    private static Attachment? Missing(string path, FirstViolation violation) => Refuse(path, "invalid_file", $"'{path}' is missing.", violation);

    private static Attachment? Refuse(string path, string code, string message, FirstViolation violation)
    {
        violation.Add(path, code, message);
        return null;
    }
}
