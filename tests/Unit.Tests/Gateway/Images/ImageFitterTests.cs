using GrokForge.Gateway.Images;
using GrokForge.ServiceDefaults.Settings;
using SkiaSharp;

namespace GrokForge.Unit.Tests.Gateway.Images;

public sealed class ImageFitterTests : IDisposable
{
    private readonly ImageFitter _fitter = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<SKEncodedImageFormat, string> Formats => new()
    {
        { SKEncodedImageFormat.Png, "image/png" },
        { SKEncodedImageFormat.Jpeg, "image/jpeg" },
        { SKEncodedImageFormat.Webp, "image/webp" },
    };

    public void Dispose() => _fitter.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_picture_that_fits_stays_byte_for_byte(SKEncodedImageFormat format, string type)
    {
        var bytes = Pictures.Make(64, 32, format);
        var fitted = await FitAsync(bytes);
        Assert.Null(fitted.Code);
        Assert.Equal(type, fitted.ContentType);
        Assert.True(fitted.Bytes.Span.SequenceEqual(bytes));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_large_picture_is_made_small(SKEncodedImageFormat format, string _)
    {
        var fitted = await FitAsync(Pictures.Make(800, 300, format), new ImageOptions { MaxEdge = 100 });
        Assert.Equal((100, 38), (fitted.Width, fitted.Height));
        using var read = Pictures.Read(fitted.Bytes);
        Assert.Equal((100, 38), (read.Width, read.Height));
        Assert.True(IsRed(read, 10, 5));
        Assert.False(IsRed(read, 90, 5));
    }

    [Fact]
    public async Task Eight_thousand_pixels_are_made_small()
    {
        var fitted = await FitAsync(Pictures.Make(8000, 100, SKEncodedImageFormat.Jpeg));
        Assert.Equal((2048, 26, "image/jpeg"), (fitted.Width, fitted.Height, fitted.ContentType));
    }

    [Fact]
    public async Task What_is_see_through_stays_so()
    {
        var fitted = await FitAsync(Pictures.Make(200, 200, SKEncodedImageFormat.Webp, seeThrough: true), new ImageOptions { MaxEdge = 100 });
        Assert.Equal("image/png", fitted.ContentType);
        using var read = Pictures.Read(fitted.Bytes);
        Assert.Equal(0, read.GetPixel(90, 90).Alpha);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 1, 0)]
    [InlineData(3, 1, 1)]
    [InlineData(4, 0, 1)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 1, 0)]
    [InlineData(7, 1, 1)]
    [InlineData(8, 0, 1)]
    public async Task Exif_turns_the_picture_upright(int orientation, int right, int lower)
    {
        var fitted = await FitAsync(Pictures.Turned(80, 40, orientation));
        Assert.Equal(orientation < 5 ? (80, 40) : (40, 80), (fitted.Width, fitted.Height));
        using var codec = SKCodec.Create(new MemoryStream(fitted.Bytes.ToArray()));
        Assert.Equal(SKEncodedOrigin.TopLeft, codec.EncodedOrigin);
        using var read = Pictures.Read(fitted.Bytes);
        for (var x = 0; x < 2; x++)
        {
            for (var y = 0; y < 2; y++)
                Assert.Equal((x, y) == (right, lower), IsRed(read, ((2 * x) + 1) * read.Width / 4, ((2 * y) + 1) * read.Height / 4));
        }
    }

    [Fact]
    public async Task A_turned_picture_is_also_made_small()
    {
        var fitted = await FitAsync(Pictures.Turned(800, 400, 6), new ImageOptions { MaxEdge = 100 });
        Assert.Equal((50, 100), (fitted.Width, fitted.Height));
    }

    [Fact]
    public async Task A_pixel_bomb_is_refused_by_its_header()
    {
        var fitted = await FitAsync(Pictures.Bomb(60_000, 60_000));
        Assert.Equal("image_too_large", fitted.Code);
    }

    [Fact]
    public async Task A_damaged_picture_is_refused_where_it_must_be_decoded()
    {
        var whole = Pictures.Make(800, 800, SKEncodedImageFormat.Png);
        Assert.Equal("image_parse_error", (await FitAsync(whole[..(whole.Length / 2)], new ImageOptions { MaxEdge = 100 })).Code);
        Assert.Equal("image_parse_error", (await FitAsync(whole[..20])).Code);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_picture_that_fits_is_refused_where_it_is_cut_off_or_damaged(SKEncodedImageFormat format, string _)
    {
        var whole = Pictures.Noise(format);
        Assert.Null((await FitAsync(whole)).Code);
        Assert.Equal("image_parse_error", (await FitAsync(whole[..(whole.Length / 2)])).Code);
        Assert.Equal("image_parse_error", (await FitAsync(whole[..(whole.Length * 9 / 10)])).Code);
    }

    [Fact]
    public async Task A_picture_whose_pixels_do_not_match_their_checksum_is_refused()
    {
        var damaged = Pictures.Noise(SKEncodedImageFormat.Png);
        damaged[damaged.AsSpan().IndexOf("IDAT"u8) + 10] ^= 0xFF;
        Assert.Equal("image_parse_error", (await FitAsync(damaged)).Code);
    }

    [Fact]
    public async Task Of_a_moving_picture_the_first_frame_is_taken()
    {
        var fitted = await FitAsync(Pictures.MovingGif());
        Assert.Equal((null, "image/png", 2, 2), (fitted.Code, fitted.ContentType, fitted.Width, fitted.Height));
    }

    [Fact]
    public async Task The_frames_of_a_moving_picture_are_not_gone_through()
    {
        var fitted = await FitAsync(Pictures.RestlessGif(300_000));
        Assert.Equal((null, "image/png", 2, 2), (fitted.Code, fitted.ContentType, fitted.Width, fitted.Height));
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG")]
    [InlineData("%PDF-1.7", "PDF")]
    [InlineData("\0\0\0\u0020ftypavif", "AVIF")]
    [InlineData("\0\0\0\u0020ftypheic", "HEIC")]
    [InlineData("II*\0", "TIFF")]
    [InlineData("BM and no bitmap", "unknown")]
    public async Task Another_format_is_refused_by_name(string start, string name)
    {
        var fitted = await FitAsync(System.Text.Encoding.Latin1.GetBytes(start));
        Assert.Equal("unsupported_image_media_type", fitted.Code);
        Assert.Contains(name, fitted.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_picture_is_refused() => Assert.Equal("empty_image_file", (await FitAsync([])).Code);

    private static bool IsRed(SKBitmap picture, int x, int y) => picture.GetPixel(x, y) is { Red: > 180, Blue: < 80 };

    private Task<FittedImage> FitAsync(byte[] bytes, ImageOptions? options = null) => _fitter.FitAsync(bytes, options ?? new ImageOptions(), Cancelled);
}
