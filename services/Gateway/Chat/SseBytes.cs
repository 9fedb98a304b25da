namespace GrokForge.Gateway.Chat;

/// <summary>Constant pieces of event streams.</summary>
internal static class SseBytes
{
    public static readonly ReadOnlyMemory<byte> Ping = ": ping\n\n"u8.ToArray();

    public static readonly ReadOnlyMemory<byte> Done = "data: [DONE]\n\n"u8.ToArray();

    /// <summary>2 KB of comment lines that push the beginning of a stream through buffering proxies.</summary>
    public static readonly ReadOnlyMemory<byte> Padding = CreatePadding();

    private static byte[] CreatePadding()
    {
        const int lines = 16;
        const int lineBytes = 128;
        var padding = new byte[(lines * lineBytes) + 1];
        padding.AsSpan().Fill((byte)' ');
        for (var line = 0; line < lines; line++)
        {
            padding[line * lineBytes] = (byte)':';
            padding[((line + 1) * lineBytes) - 1] = (byte)'\n';
        }

        padding[^1] = (byte)'\n';
        return padding;
    }
}
