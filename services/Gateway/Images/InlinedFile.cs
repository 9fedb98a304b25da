using System.Text;
using System.Text.Unicode;

namespace GrokForge.Gateway.Images;

/// <summary>Puts files that are text into the prompt, between two lines that name them.</summary>
internal static class InlinedFile
{
    /// <summary>The file as a part of the prompt; null: it is no text.</summary>
    public static string? Read(ReadOnlySpan<byte> bytes, string name)
    {
        var title = Title(name);
        return TextOf(bytes) is { } text ? $"[file: {title}]\n{text.TrimEnd('\r', '\n')}\n[end of file: {title}]\n" : null;
    }

    private static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("%PDF-"u8) || bytes.StartsWith("{\\rtf"u8))
            return null;
        if (bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble))
            return Plain((bytes[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(bytes[2..]));
        if (bytes.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[3..];
        return Utf8.IsValid(bytes) ? Plain(Encoding.UTF8.GetString(bytes)) : null;
    }

    // Tab, line ends and form feed are all the control characters that texts have.
    private static string? Plain(string text) =>
        text.AsSpan().ContainsAnyInRange('\0', '\x08') || text.AsSpan().ContainsAnyInRange('\x0E', '\x1A') ? null : text;

    private static string Title(string name)
    {
        var title = new string([.. name.Where(c => !char.IsControl(c))]).Trim();
        return title.Length == 0 ? "unnamed" : title;
    }
}
