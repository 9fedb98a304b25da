using System.Buffers;

namespace GrokForge.Gateway.Chat;

/// <summary>Escapes UTF-8 text for the inside of a JSON string while it is written: only what JSON demands, everything else as it is.</summary>
internal static class JsonText
{
    private static readonly byte[][] Escapes = CreateEscapes();
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, Escapes.Length).Where(b => Escapes[b].Length > 0).Select(b => (byte)b)]);

    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> text)
    {
        while (true)
        {
            var plain = text.IndexOfAny(Escaped);
            if (plain < 0)
            {
                output.Write(text);
                return;
            }

            if (plain > 0)
                output.Write(text[..plain]);
            output.Write(Escapes[text[plain]]);
            text = text[(plain + 1)..];
        }
    }

    private static byte[][] CreateEscapes()
    {
        var escapes = new byte[128][];
        for (var b = 0; b < escapes.Length; b++)
        {
            escapes[b] = b switch
            {
                '"' => [.. "\\\""u8],
                '\\' => [.. "\\\\"u8],
                '\n' => [.. "\\n"u8],
                '\r' => [.. "\\r"u8],
                '\t' => [.. "\\t"u8],
                < 0x20 => System.Text.Encoding.ASCII.GetBytes($"\\u{b:x4}"),
                _ => [],
            };
        }

        return escapes;
    }
}
