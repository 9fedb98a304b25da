using GrokForge.ServiceDefaults.Settings;
using SkiaSharp;

namespace GrokForge.Gateway.Images;

/// <summary>Turns a picture upright and makes it small enough; one that is both already, and moves not, stays as it is byte for byte. All are decoded, as only that tells a whole one from a damaged one. Alone uses SkiaSharp.</summary>
internal static class ImageFitting
{
    private const int JpegQuality = 90;

    public static FittedImage Fit(ReadOnlyMemory<byte> bytes, string type, ImageOptions options)
    {
        using var data = SKData.CreateCopy(bytes.Span);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.Info.Width < 1 || codec.Info.Height < 1)
            return Broken;

        // The header alone was read so far.
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > options.MaxPixels)
            return FittedImage.Refused("image_too_large", $"has {width} x {height} pixels; at most {options.MaxPixels} are taken");

        var scale = Math.Min(1, (double)options.MaxEdge / Math.Max(width, height));
        var isUpright = codec.EncodedOrigin is SKEncodedOrigin.TopLeft or 0;
        if (scale >= 1 && isUpright && !MagicBytes.MayMove(bytes.Span) && type != "image/bmp")
            return IsWhole(codec) ? FittedImage.Of(bytes, type, width, height) : Broken;
        return Remake(codec, type, new SKSizeI(Scaled(width, scale), Scaled(height, scale)));
    }

    private static FittedImage Broken { get; } = FittedImage.Refused("image_parse_error", "is damaged or incomplete");

    private static int Scaled(int edge, double scale) => Math.Max(1, (int)Math.Round(edge * scale));

    /// <summary>Whether every pixel can be decoded; as small as the format can, since nobody looks at them.</summary>
    private static bool IsWhole(SKCodec codec)
    {
        using var decoded = Decode(codec, new SKSizeI(1, 1));
        return decoded is not null;
    }

    private static FittedImage Remake(SKCodec codec, string type, SKSizeI size)
    {
        using var decoded = Decode(codec, size);
        if (decoded is null)
            return Broken;
        using var resized = decoded.Info.Size == size ? null : decoded.Resize(decoded.Info.WithSize(size), new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var upright = TurnUpright(resized ?? decoded, codec.EncodedOrigin);
        var result = upright ?? resized ?? decoded;

        // Photos become JPEG; what may be see-through or was drawn keeps every pixel.
        var isPhoto = type is "image/jpeg" || (type is "image/webp" && result.AlphaType == SKAlphaType.Opaque);
        using var encoded = isPhoto ? result.Encode(SKEncodedImageFormat.Jpeg, JpegQuality) : result.Encode(SKEncodedImageFormat.Png, 100);
        return encoded is null ? Broken : FittedImage.Of(encoded.ToArray(), isPhoto ? "image/jpeg" : "image/png", result.Width, result.Height);
    }

    /// <summary>The first frame, decoded at a smaller size where the format can.</summary>
    private static SKBitmap? Decode(SKCodec codec, SKSizeI target)
    {
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul;
        using var colors = SKColorSpace.CreateSrgb();
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, alpha, colors).WithSize(SizeToDecode(codec, target));
        var bitmap = new SKBitmap();
        if (bitmap.TryAllocPixels(info) && codec.GetPixels(info, bitmap.GetPixels()) == SKCodecResult.Success)
            return bitmap;
        bitmap.Dispose();
        return null;
    }

    // JPEG decodes at eighths; the smallest that is not below the target keeps it sharp.
    private static SKSizeI SizeToDecode(SKCodec codec, SKSizeI target)
    {
        for (var eighths = 1; eighths < 8; eighths++)
        {
            var size = codec.GetScaledDimensions(eighths / 8f);
            if (size.Width >= target.Width && size.Height >= target.Height)
                return size;
        }

        return codec.Info.Size;
    }

    /// <summary>As EXIF says it is to be seen; null: it already is.</summary>
    private static SKBitmap? TurnUpright(SKBitmap bitmap, SKEncodedOrigin origin)
    {
        float w = bitmap.Width, h = bitmap.Height;
        SKMatrix? turn = origin switch
        {
            SKEncodedOrigin.TopRight => new SKMatrix(-1, 0, w, 0, 1, 0, 0, 0, 1),
            SKEncodedOrigin.BottomRight => new SKMatrix(-1, 0, w, 0, -1, h, 0, 0, 1),
            SKEncodedOrigin.BottomLeft => new SKMatrix(1, 0, 0, 0, -1, h, 0, 0, 1),
            SKEncodedOrigin.LeftTop => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightTop => new SKMatrix(0, -1, h, 1, 0, 0, 0, 0, 1),
            SKEncodedOrigin.RightBottom => new SKMatrix(0, -1, h, -1, 0, w, 0, 0, 1),
            SKEncodedOrigin.LeftBottom => new SKMatrix(0, 1, 0, -1, 0, w, 0, 0, 1),
            _ => null,
        };
        if (turn is not { } matrix)
            return null;
        var isSideways = origin >= SKEncodedOrigin.LeftTop;
        var result = new SKBitmap(bitmap.Info.WithSize(isSideways ? new SKSizeI(bitmap.Height, bitmap.Width) : bitmap.Info.Size));
        using var canvas = new SKCanvas(result);
        canvas.SetMatrix(matrix);
        using var image = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(image, 0, 0, new SKSamplingOptions(SKFilterMode.Nearest));
        return result;
    }
}
