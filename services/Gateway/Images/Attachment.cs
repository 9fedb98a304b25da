namespace GrokForge.Gateway.Images;

/// <summary>A picture or file as a client gave it, in whatever dialect: its bytes, or the address to fetch them from.</summary>
/// <param name="Path">Where it stands in the request, such as messages[0].content[1].image_url.</param>
/// <param name="IsImage">Said to be a picture; a file that turns out to be one is taken as one.</param>
internal sealed record Attachment(string Path, bool IsImage)
{
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Null: the bytes are here.</summary>
    public Uri? Address { get; init; }

    public string ContentType { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Pixels, once a picture was taken in; 0: not known, or no picture.</summary>
    public int Width { get; init; }

    public int Height { get; init; }
}
