using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace GrokForge.Gateway.Images;

/// <summary>Reads bytes out of text: data:image/png;base64,iVBORw0… or bare base64.</summary>
internal static class DataUri
{
    private const int MostHeadBytes = 1024;

    private static readonly byte[] Scheme = "data:"u8.ToArray();

    public static bool Is(ReadOnlySpan<byte> text) => text.Length >= Scheme.Length && Ascii.EqualsIgnoreCase(text[..Scheme.Length], Scheme);

    /// <returns>False where it is no base64 data URI. An empty media type was not given.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out string mediaType, out byte[] bytes)
    {
        (mediaType, bytes) = ("", []);
        var comma = text.IndexOf((byte)',');
        if (!Is(text) || comma is < 0 or > MostHeadBytes)
            return false;
        var head = Encoding.UTF8.GetString(text[Scheme.Length..comma]).Split(';', StringSplitOptions.TrimEntries);
        mediaType = head[0].ToLowerInvariant();
        return head.Length > 1 && string.Equals(head[^1], "base64", StringComparison.OrdinalIgnoreCase) && TryReadBase64(text[(comma + 1)..], out bytes);
    }

    /// <summary>White space between is let through, as some clients break lines; missing padding too.</summary>
    public static bool TryReadBase64(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        bytes = [];
        text = text.Trim(" \t\r\n"u8);
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3];
        if (Base64.DecodeFromUtf8(text, buffer, out _, out var written) != OperationStatus.Done)
        {
            var missing = 4 - (Significant(text) % 4);
            if (missing > 2 || Base64.DecodeFromUtf8([.. text, .. "=="u8[..missing]], buffer, out _, out written) != OperationStatus.Done)
                return false;
        }

        bytes = buffer.AsSpan(0, written).ToArray();
        return true;
    }

    private static int Significant(ReadOnlySpan<byte> text) => text.Length - text.Count((byte)' ') - text.Count((byte)'\t') - text.Count((byte)'\r') - text.Count((byte)'\n');
}
