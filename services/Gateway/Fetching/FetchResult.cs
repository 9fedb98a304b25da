namespace GrokForge.Gateway.Fetching;

/// <summary>What a download gave: the bytes, or why there are none.</summary>
internal sealed record FetchResult
{
    public ReadOnlyMemory<byte> Bytes { get; private init; }

    /// <summary>The media type the server told, without parameters; empty: none.</summary>
    public string ContentType { get; private init; } = "";

    /// <summary>Null: the bytes are complete.</summary>
    public FetchFault? Fault { get; private init; }

    /// <summary>A clause that follows the address, such as "answered 404". Never an address or a resolver's answer.</summary>
    public string Reason { get; private init; } = "";

    public static FetchResult Of(ReadOnlyMemory<byte> bytes, string contentType) => new() { Bytes = bytes, ContentType = contentType };

    public static FetchResult Unreachable { get; } = Failed(FetchFault.Unreachable, "leads to no server on the public Internet that answers");

    public static FetchResult Failed(FetchFault fault, string reason) => new() { Fault = fault, Reason = reason };
}

/// <summary>Why a download gave nothing.</summary>
internal enum FetchFault
{
    /// <summary>The address is none of the web's.</summary>
    Forbidden,

    /// <summary>No answer came, or none may be asked for: which of the two, and why, is for the log alone, as it would map networks that clients cannot see.</summary>
    Unreachable,

    /// <summary>The server did not answer well.</summary>
    Failed,

    /// <summary>More bytes than allowed.</summary>
    TooLarge,

    /// <summary>This process has no room for it now.</summary>
    NoRoom,
}
