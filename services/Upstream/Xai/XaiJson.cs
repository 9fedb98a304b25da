using System.Text.Encodings.Web;
using System.Text.Json;

namespace GrokForge.Upstream.Xai;

/// <summary>How JSON that is passed on is looked at.</summary>
internal static class XaiJson
{
    /// <summary>Deeper than what the gateway lets in.</summary>
    public static JsonReaderOptions Options { get; } = new() { MaxDepth = 512 };

    /// <summary>A text as a JSON string, with its quotes.</summary>
    public static byte[] Quoted(string text) => [(byte)'"', .. JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes, (byte)'"'];

    /// <summary>Steps over the value of the property the reader is at.</summary>
    /// <returns>Where the value stands.</returns>
    public static (int Start, int Length) SkipValue(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return (start, (int)reader.BytesConsumed - start);
    }
}
