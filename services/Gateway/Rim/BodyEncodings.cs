using Microsoft.AspNetCore.RequestDecompression;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace GrokForge.Gateway.Rim;

/// <summary>Inflates request bodies as they are read. How much may come out is the limit of each door: what is never read is never inflated.</summary>
internal static class BodyEncodings
{
    /// <summary>What a Content-Encoding may be: one of these, not several on top of each other.</summary>
    public const string Known = "gzip, deflate, br, zstd";

    public static IServiceCollection AddBodyEncodings(this IServiceCollection services) => services.AddRequestDecompression(options =>
    {
        var providers = options.DecompressionProviders;
        providers["zstd"] = new Zstd();
        providers["x-gzip"] = providers["gzip"];
    });

    public static void UseBodyEncodings(this IApplicationBuilder app)
    {
        app.Use(static (context, next) =>
        {
            // The header is gone once the body is inflated.
            if (context.Request.Headers.ContentEncoding.Count > 0)
                context.Features.Set(CompressedBody.Instance);
            return next(context);
        });
        app.UseRequestDecompression();
    }

    /// <summary>Whether reading a compressed body ended this way because it is no such body. Each decoder has its own words for that.</summary>
    public static bool IsCorrupt(Exception exception) => exception is InvalidDataException or InvalidOperationException or EndOfStreamException or ZstdException;

    /// <summary>RFC 8878, within the 8 MiB window that RFC 9659 allows for zstd over HTTP: the window is memory that a sender makes us hold.</summary>
    private sealed class Zstd : IDecompressionProvider
    {
        private const int MostWindowLog = 23;

        public Stream GetDecompressionStream(Stream stream)
        {
            var inflated = new DecompressionStream(stream, leaveOpen: true);
            inflated.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MostWindowLog);
            return inflated;
        }
    }
}

/// <summary>Feature of a request whose body was sent compressed.</summary>
internal sealed class CompressedBody
{
    public static CompressedBody Instance { get; } = new();
}
