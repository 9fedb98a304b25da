using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using GrokForge.Gateway.Images;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads the pictures and files among a message's parts: {"type":"image_url","image_url":{"url":"data:image/png;base64,…"}}</summary>
internal static class ChatAttachmentReader
{
    public const string Unsupported = "unsupported_content";

    private const string InvalidMedia = "invalid_media";
    private const int MaxAddressBytes = 8 * 1024;
    private const int LikelyBase64 = 32;

    private static readonly string[] FileFields = ["file_data", "file_url"];

    public static bool Knows(string type) => type is "image_url" or "input_image" or "file" or "input_file" or "input_audio" or "audio";

    /// <summary>Whether the part of a tool's result is one of these, rather than some JSON of the tool's own.</summary>
    public static bool IsGiven(string type, JsonElement part) => type switch
    {
        "image_url" or "input_image" => part.TryGetProperty("image_url", out _),
        "file" => part.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.Object,
        "input_file" => part.TryGetProperty("file_data", out _) || part.TryGetProperty("file_url", out _),
        _ => false,
    };

    /// <returns>Null where a rule is broken.</returns>
    public static Attachment? Read(string type, JsonFields part, FirstViolation violation) => type switch
    {
        "image_url" or "input_image" => Image(part, violation),
        "file" => part.Object("file") is { } file ? File(new JsonFields(file, part.PathOf("file"), violation), violation) : Missing(part.PathOf("file"), violation),
        "input_file" => File(part, violation),
        _ when part.Find(type) is not { ValueKind: JsonValueKind.Object } audio || !audio.TryGetProperty("data", out _) =>
            Refuse(part.PathOf(type), "missing_audio", $"'{part.PathOf(type)}' must be an object with 'data'.", violation),
        _ => Refuse(part.PathOf(type), Unsupported, "Audio cannot be taken by this model; send its transcript as text.", violation),
    };

    private static Attachment? Image(JsonFields part, FirstViolation violation)
    {
        var path = part.PathOf("image_url");
        var image = part.Find("image_url");
        if (image is null && part.Find("file_id") is not null)
            return NotStored(part, "image_url", violation);
        if (image is { ValueKind: JsonValueKind.Object } wrapped)
            image = new JsonFields(wrapped, path, violation).Find("url");
        return image is { ValueKind: JsonValueKind.String } address
            ? FromText(address, new Attachment(path, IsImage: true), violation)
            : Refuse(path, "missing_url", $"'{path}' must be a data URI or an http(s) URL, or an object with such a 'url'.", violation);
    }

    private static Attachment? File(JsonFields file, FirstViolation violation)
    {
        var name = file.Text("filename") ?? "";
        foreach (var field in FileFields)
        {
            if (file.Find(field) is { ValueKind: JsonValueKind.String } content)
                return FromText(content, new Attachment(file.PathOf(field), IsImage: false) { Name = name }, violation);
        }

        return file.Find("file_id") is null ? Missing(file.PathOf("file_data"), violation) : NotStored(file, "file_data", violation);
    }

    /// <summary>A data URI or an address; of files, bare base64 as well.</summary>
    private static Attachment? FromText(JsonElement value, Attachment attachment, FirstViolation violation)
    {
        // The raw bytes, as a picture's text would be copied twice otherwise.
        var raw = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        var text = raw.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(value.GetString()!) : raw;
        text = text.Trim(" \t\r\n"u8);
        if (text.IsEmpty)
            return Refuse(attachment.Path, InvalidMedia, $"'{attachment.Path}' must not be empty.", violation);
        if (DataUri.Is(text))
        {
            return DataUri.TryRead(text, out var mediaType, out var bytes)
                ? attachment with { Bytes = bytes, ContentType = mediaType }
                : Refuse(attachment.Path, attachment.IsImage ? "invalid_base64_image" : "invalid_file", $"'{attachment.Path}' must hold valid base64 after 'data:<media type>;base64,'.", violation);
        }

        if (text.Length <= MaxAddressBytes && Uri.TryCreate(Encoding.UTF8.GetString(text), UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return attachment with { Address = address };
        var isBare = DataUri.TryReadBase64(text, out var bare);
        if (isBare && !attachment.IsImage)
            return attachment with { Bytes = bare };
        var hint = isBare && text.Length >= LikelyBase64 ? " It looks like bare base64: put 'data:image/png;base64,' before it, with the right media type." : "";
        return Refuse(attachment.Path, InvalidMedia, $"'{attachment.Path}' must be a base64 data URI or an http(s) URL.{hint}", violation);
    }

    private static Attachment? Missing(string path, FirstViolation violation) => Refuse(path, "missing_file", $"'{path}' is missing.", violation);

    private static Attachment? NotStored(JsonFields part, string instead, FirstViolation violation) =>
        Refuse(part.PathOf("file_id"), Unsupported, $"Files cannot be stored here beforehand; send the content as '{instead}'.", violation);

    private static Attachment? Refuse(string path, string code, string message, FirstViolation violation)
    {
        violation.Add(path, code, message);
        return null;
    }
}
