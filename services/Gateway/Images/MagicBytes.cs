namespace GrokForge.Gateway.Images;

/// <summary>Knows files by their first bytes, whatever their sender calls them.</summary>
internal static class MagicBytes
{
    /// <summary>The media type of a picture that can be taken; null: none of those.</summary>
    public static string? PictureType(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? "image/png"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "image/jpeg"
        : bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8) ? "image/gif"
        : bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..].StartsWith("WEBP"u8) ? "image/webp"
        : IsBitmap(bytes) ? "image/bmp"
        : null;

    /// <summary>What a file that is no such picture seems to be, for a message to its sender.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 12 && bytes[4..].StartsWith("ftyp"u8) ? (bytes[8..].StartsWith("avi"u8) ? "AVIF" : "HEIC or a video")
        : bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) ? "TIFF"
        : bytes.StartsWith("%PDF-"u8) ? "PDF"
        : bytes.TrimStart(" \t\r\n\uFEFF"u8) is [(byte)'<', ..] ? "SVG, HTML or XML"
        : "of an unknown format";

    /// <summary>Whether a picture may have several frames. They are not counted: the time that takes can grow with the square of their number.</summary>
    public static bool MayMove(ReadOnlySpan<byte> picture) => PictureType(picture) switch
    {
        "image/gif" => true,
        // The flag of the extended header.
        "image/webp" => picture.Length > 20 && picture[12..].StartsWith("VP8X"u8) && (picture[20] & 2) != 0,
        _ => false,
    };

    // "BM" alone may begin any text: the four reserved bytes and the header's size must fit as well.
    private static bool IsBitmap(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 18 && bytes.StartsWith("BM"u8) && bytes[6..10].IndexOfAnyExcept((byte)0) < 0 && bytes[14] is 12 or 40 or 52 or 56 or 108 or 124;
}
