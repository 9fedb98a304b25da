using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Images;

/// <summary>Makes pictures fit to go upstream, a few at a time: a large one takes a hundred megabytes while it is decoded.</summary>
internal sealed class ImageFitter : IDisposable
{
    private readonly SemaphoreSlim _turns = new(Math.Clamp(Environment.ProcessorCount / 2, 1, 4));

    public async Task<FittedImage> FitAsync(ReadOnlyMemory<byte> bytes, ImageOptions options, CancellationToken cancellationToken)
    {
        // Known before the native library is loaded or sees a byte.
        if (MagicBytes.PictureType(bytes.Span) is not { } type)
        {
            return bytes.IsEmpty
                ? FittedImage.Refused("empty_image_file", "is empty")
                : FittedImage.Refused("unsupported_image_media_type", $"is {MagicBytes.Describe(bytes.Span)}; PNG, JPEG, WebP, GIF and BMP are taken");
        }

        await _turns.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => ImageFitting.Fit(bytes, type, options), cancellationToken);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();
}
