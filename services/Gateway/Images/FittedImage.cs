namespace GrokForge.Gateway.Images;

/// <summary>A picture fit to go upstream, or why there is none.</summary>
/// <param name="Code">A stable code; null: the picture is there.</param>
/// <param name="Reason">A clause that follows the picture's place, such as "has more than 1000 pixels".</param>
internal sealed record FittedImage(ReadOnlyMemory<byte> Bytes, string ContentType, int Width, int Height, string? Code, string Reason)
{
    public static FittedImage Of(ReadOnlyMemory<byte> bytes, string contentType, int width, int height) => new(bytes, contentType, width, height, null, "");

    public static FittedImage Refused(string code, string reason) => new(default, "", 0, 0, code, reason);
}
