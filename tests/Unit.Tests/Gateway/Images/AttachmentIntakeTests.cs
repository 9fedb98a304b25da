using System.Net;
using System.Text;
using GrokForge.Gateway.Fetching;
using GrokForge.Gateway.Images;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SkiaSharp;

namespace GrokForge.Unit.Tests.Gateway.Images;

public sealed class AttachmentIntakeTests : IDisposable
{
    private const string Path = "messages[0].content[1].image_url";

    private readonly ImageFitter _fitter = new();
    private readonly GuardedFetcher _fetcher = new((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), new FakeTimeProvider(), NullLogger<GuardedFetcher>.Instance);

    private static byte[] Picture { get; } = Pictures.Make(8, 8, SKEncodedImageFormat.Png);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _fitter.Dispose();
        _fetcher.Dispose();
    }

    [Fact]
    public async Task A_picture_is_taken_with_the_type_its_bytes_have()
    {
        var (taken, error) = await TakeAsync(new SettingsSnapshot(), Image(Picture) with { ContentType = "image/jpeg" });
        Assert.Null(error);
        Assert.Equal("image/png", Assert.Single(taken).File!.ContentType);
    }

    [Fact]
    public async Task A_picture_is_fetched()
    {
        await using var server = await FileServer.StartAsync(context => SendAsync(context, "image/png", Picture), Cancelled);
        var (taken, error) = await TakeAsync(Allowing("files.example"), At($"http://files.example:{server.Port}/folder/a.png"));
        Assert.Null(error);
        Assert.Equal(("image/png", "a.png"), (Assert.Single(taken).File!.ContentType, taken[0].File!.Name));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("Application/Octet-Stream")]
    public async Task A_picture_is_one_whatever_its_server_calls_it(string type)
    {
        await using var server = await FileServer.StartAsync(context => SendAsync(context, type, Picture), Cancelled);
        var (taken, error) = await TakeAsync(Allowing("files.example"), At($"http://files.example:{server.Port}/a"));
        Assert.Null(error);
        Assert.Equal("image/png", Assert.Single(taken).File!.ContentType);
    }

    [Theory]
    [InlineData("text/html", "unsupported_image_media_type")]
    [InlineData("image/png", "unsupported_image_media_type")]
    [InlineData("", "unsupported_image_media_type")]
    public async Task A_page_is_no_picture_whatever_it_is_called(string type, string code)
    {
        await using var server = await FileServer.StartAsync(context => SendAsync(context, type, "<html>"u8.ToArray()), Cancelled);
        await RefusedAsync(Allowing("files.example"), code, At($"http://files.example:{server.Port}/"));
    }

    [Fact]
    public async Task A_missing_picture_is_the_clients_mistake()
    {
        await using var server = await FileServer.StartAsync(
            context =>
            {
                context.Response.StatusCode = 404;
                return Task.CompletedTask;
            },
            Cancelled);
        await RefusedAsync(Allowing("files.example"), "failed_to_download_image", At($"http://files.example:{server.Port}/"));
    }

    [Fact]
    public Task A_private_address_is_the_clients_mistake() => RefusedAsync(new SettingsSnapshot(), "failed_to_download_image", At("http://inner.example/"));

    [Fact]
    public async Task Where_one_is_refused_the_others_are_not_waited_for()
    {
        var asked = new TaskCompletionSource();
        await using var server = await FileServer.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/page")
                {
                    await asked.Task;
                    await SendAsync(context, "text/html", "<html>"u8.ToArray());
                    return;
                }

                asked.SetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            },
            Cancelled);
        await RefusedAsync(
            Allowing("files.example"),
            "unsupported_image_media_type",
            At($"http://files.example:{server.Port}/slow") with { Path = "messages[0].content[0].image_url" },
            At($"http://files.example:{server.Port}/page"));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public Task A_small_picture_that_is_cut_off_is_refused(SKEncodedImageFormat format)
    {
        var whole = Pictures.Noise(format);
        return RefusedAsync(new SettingsSnapshot(), "image_parse_error", Image(whole[..(whole.Length * 3 / 4)]));
    }

    [Fact]
    public Task A_picture_above_the_limit_is_refused() =>
        RefusedAsync(new SettingsSnapshot { Image = new ImageOptions { MaxBytes = 10 } }, "image_file_too_large", Image(Picture));

    [Fact]
    public async Task Pictures_above_the_limit_together_are_refused()
    {
        var settings = new SettingsSnapshot { Image = new ImageOptions { MaxTotalBytes = Picture.Length + 1 } };
        Assert.Null((await TakeAsync(settings, Image(Picture))).Error);
        await RefusedAsync(settings, "attachments_too_large", Image(Picture), Image(Picture));
    }

    [Fact]
    public Task More_pictures_than_allowed_are_refused() =>
        RefusedAsync(new SettingsSnapshot { Image = new ImageOptions { MaxCount = 1 } }, "too_many_images", Image(Picture), Image(Picture));

    [Fact]
    public async Task A_file_that_is_a_picture_is_taken_as_one()
    {
        var (taken, _) = await TakeAsync(new SettingsSnapshot(), File(Picture, "a.bin"));
        Assert.True(Assert.Single(taken).File!.IsImage);
    }

    [Fact]
    public async Task A_text_file_becomes_part_of_the_prompt()
    {
        var (taken, _) = await TakeAsync(new SettingsSnapshot(), File(Encoding.UTF8.GetBytes("a,b\n1,ü\n"), "numbers.csv"));
        Assert.Equal("[file: numbers.csv]\na,b\n1,ü\n[end of file: numbers.csv]\n", Assert.Single(taken).Text);
    }

    [Fact]
    public async Task A_text_in_utf_16_becomes_part_of_the_prompt()
    {
        var (taken, _) = await TakeAsync(new SettingsSnapshot(), File([0xFF, 0xFE, (byte)'h', 0, (byte)'i', 0], ""));
        Assert.Equal("[file: unnamed]\nhi\n[end of file: unnamed]\n", Assert.Single(taken).Text);
    }

    [Theory]
    [InlineData("%PDF-1.7 all text")]
    [InlineData("PK\u0003\u0004")]
    public async Task Any_other_file_goes_upstream_as_it_is(string content)
    {
        var (taken, _) = await TakeAsync(new SettingsSnapshot(), File(Encoding.Latin1.GetBytes(content), "a"));
        Assert.Equal((null, false), (Assert.Single(taken).Text, taken[0].File!.IsImage));
    }

    [Fact]
    public async Task What_was_fetched_counts_until_the_request_ends()
    {
        await using var server = await FileServer.StartAsync(context => SendAsync(context, "image/png", Picture), Cancelled);
        var settings = new CurrentSettings(Allowing("files.example"));
        var budget = new BodyBudget(settings);
        var context = new DefaultHttpContext();
        var ended = new List<IDisposable>();
        context.Features.Set<Microsoft.AspNetCore.Http.Features.IHttpResponseFeature>(new Ends(ended));
        await new AttachmentIntake(_fetcher, _fitter, budget, settings).TakeAsync([At($"http://files.example:{server.Port}/")], context, Cancelled);
        Assert.Equal(Picture.Length, budget.Held);
        ended.ForEach(e => e.Dispose());
        Assert.Equal(0, budget.Held);
    }

    private static Attachment Image(byte[] bytes) => new(Path, IsImage: true) { Bytes = bytes };

    private static Attachment File(byte[] bytes, string name) => new(Path, IsImage: false) { Bytes = bytes, Name = name };

    private static Attachment At(string address) => new(Path, IsImage: true) { Address = new Uri(address) };

    private static SettingsSnapshot Allowing(string host) => new() { Fetch = new FetchOptions { AllowPrivate = [host] } };

    private static Task SendAsync(HttpContext context, string type, byte[] bytes)
    {
        if (type.Length > 0)
            context.Response.ContentType = type;
        return context.Response.Body.WriteAsync(bytes, Cancelled).AsTask();
    }

    private async Task RefusedAsync(SettingsSnapshot settings, string code, params Attachment[] attachments)
    {
        var (_, error) = await TakeAsync(settings, attachments);
        Assert.Equal((400, code, Path), (error!.Status, error.Code, error.Param));
    }

    private Task<(IReadOnlyList<TakenAttachment> Taken, OpenAIError? Error)> TakeAsync(SettingsSnapshot settings, params Attachment[] attachments)
    {
        var current = new CurrentSettings(settings);
        return new AttachmentIntake(_fetcher, _fitter, new BodyBudget(current), current).TakeAsync(attachments, new DefaultHttpContext(), Cancelled);
    }

    /// <summary>Keeps what is to be disposed at a response's end.</summary>
    private sealed class Ends(List<IDisposable> ended) : Microsoft.AspNetCore.Http.Features.HttpResponseFeature
    {
        public override void OnCompleted(Func<object, Task> callback, object state) => ended.Add((IDisposable)state);
    }
}
