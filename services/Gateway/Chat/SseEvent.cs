namespace GrokForge.Gateway.Chat;

/// <summary>One server-sent event in pieces: bytes as they are, a text to be escaped as the inside of a JSON string, bytes as they are.</summary>
internal readonly record struct SseEvent(ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> Text, ReadOnlyMemory<byte> After)
{
    public SseEvent(ReadOnlyMemory<byte> whole) : this(whole, default, default)
    {
    }
}
