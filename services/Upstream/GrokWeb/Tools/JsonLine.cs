using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Writes JSON of a client on one line.</summary>
internal static class JsonLine
{
    /// <summary>The value without layout; where it holds half a surrogate pair, which cannot be written, with the layout of its strings kept.</summary>
    public static string Of(JsonElement value)
    {
        try
        {
            using var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line, GrokChatBody.WriterOptions))
                value.WriteTo(json);
            return System.Text.Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // A line break in JSON text can only be layout.
            return value.GetRawText().ReplaceLineEndings(" ");
        }
    }
}
