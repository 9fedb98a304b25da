using System.Buffers;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>Reads the pictures of an answer and writes them anew, as bytes alone: {"created":1,"data":[{"b64_json":"…","revised_prompt":"…"}]}. No address goes on.</summary>
internal static class XaiPictures
{
    /// <summary>The upstream tells where its pictures are, instead of what they are.</summary>
    public static Refusal WithoutBytes { get; } =
        Refusal.Hopeless("answered without the bytes of its pictures", $"Check that the model makes pictures and that {XaiClient.AddressSetting} leads to an API that gives b64_json.");

    /// <returns>Null where a picture has no bytes, or there is none.</returns>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static byte[]? Read(ReadOnlySpan<byte> json, out Usage? usage)
    {
        var reader = new Utf8JsonReader(json, XaiJson.Options);
        using var answer = JsonDocument.ParseValue(ref reader);
        var root = answer.RootElement;
        usage = null;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("data", out var pictures) || pictures.ValueKind != JsonValueKind.Array || pictures.GetArrayLength() == 0)
            return null;

        var output = new ArrayBufferWriter<byte>(json.Length + 256);
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteNumber("created", root.TryGetProperty("created", out var created) && created.TryGetInt64(out var seconds) ? seconds : 0);
        writer.WriteStartArray("data");
        foreach (var picture in pictures.EnumerateArray())
        {
            if (!TryWrite(writer, picture))
                return null;
        }

        writer.WriteEndArray();
        if (root.TryGetProperty("usage", out var told) && told.ValueKind == JsonValueKind.Object)
        {
            usage = XaiUsage.Read(System.Text.Encoding.UTF8.GetBytes(told.GetRawText()));
            writer.WritePropertyName("usage");
            told.WriteTo(writer);
        }

        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    private static bool TryWrite(Utf8JsonWriter writer, JsonElement picture)
    {
        if (picture.ValueKind != JsonValueKind.Object || !picture.TryGetProperty("b64_json", out var bytes) || bytes.ValueKind != JsonValueKind.String)
            return false;
        var bare = Bare(bytes.GetString()!);
        if (bare.IsEmpty)
            return false;
        writer.WriteStartObject();
        writer.WriteString("b64_json", bare);
        if (picture.TryGetProperty("revised_prompt", out var prompt) && prompt.ValueKind == JsonValueKind.String)
            writer.WriteString("revised_prompt", prompt.GetString());
        writer.WriteEndObject();
        return true;
    }

    /// <summary>Without the data:image/png;base64, that some put before it.</summary>
    private static ReadOnlySpan<char> Bare(string bytes) =>
        bytes.StartsWith("data:", StringComparison.Ordinal) ? bytes.AsSpan(bytes.IndexOf(',', StringComparison.Ordinal) + 1) : bytes;
}
