using System.Collections.Immutable;

namespace GrokForge.Simulator.Scripts;

/// <summary>How the objects of an answer are put on the wire.</summary>
public enum Framing
{
    /// <summary>One object per line, ended by LF.</summary>
    Lines,

    /// <summary>One object per line, ended by CR LF.</summary>
    LinesCrlf,

    /// <summary>Server-sent events: <c>data: {…}</c>, a blank line, and <c>data: [DONE]</c> at the end.</summary>
    ServerSent,

    /// <summary>Objects back to back, nothing between them.</summary>
    Glued,
}

/// <summary>How the bytes of an answer travel: framing, cut points and pace.</summary>
internal sealed record Delivery
{
    public Framing Framing { get; init; }

    /// <summary>Bytes per write; 0 writes object by object.</summary>
    public int CutSize { get; init; }

    /// <summary>Rising body offsets at which a write ends; empty writes object by object.</summary>
    public ImmutableArray<long> CutOffsets { get; init; } = [];

    /// <summary>Pause after each cut.</summary>
    public TimeSpan CutPause { get; init; }

    /// <summary>Body offset at which the connection ends, or null.</summary>
    public long? DropAtByte { get; init; }

    /// <summary>Pause before each object.</summary>
    public TimeSpan Pace { get; init; }

    /// <summary>True flushes only at cuts, so that objects share a write.</summary>
    public bool CutsOnly => CutSize > 0 || !CutOffsets.IsEmpty;
}
