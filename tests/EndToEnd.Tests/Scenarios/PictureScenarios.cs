using System.Net;
using System.Net.Http.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Http;
using SkiaSharp;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Pictures and files on their way from a client to the upstream, whatever home it talks to.</summary>
public abstract class PictureScenarios(Home home) : HomeScenarios(home)
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Home.ImportTokensAsync(1);
    }

    [Fact]
    public async Task A_large_picture_in_a_data_uri_is_made_small_uploaded_and_attached()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await LookAsync(client, new { url = "data:image/jpeg;base64," + Convert.ToBase64String(Picture(8000, 100)) });
        Assert.Equal("Hello from the simulator. You said: Look", await answer.ContentAsync());
        var file = Assert.Single(Home.Grok.Files);
        using var seen = SKBitmap.Decode(file.Content.ToArray());
        Assert.Equal((2048, 26), (seen.Width, seen.Height));
        Assert.Equal([file.Id], Home.Grok.Chats[^1].Json!.Value.GetProperty("fileAttachments").EnumerateArray().Select(f => f.GetString()!));
    }

    [Fact]
    public async Task A_picture_is_fetched_from_an_allowed_private_host_and_from_no_other()
    {
        var picture = Picture(20, 10);
        await using var server = await FileServer.StartAsync(context => context.Request.Path == "/gone.jpg" ? GoneAsync(context) : SendAsync(context, picture), Cancelled);
        var address = $"http://127.0.0.1:{server.Port}/cat.jpg";
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using (var refused = await LookAsync(client, address))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            var error = await refused.ErrorAsync();
            Assert.Equal("failed_to_download_image", error.GetProperty("code").GetString());
            Assert.Equal("messages[0].content[1].image_url", error.GetProperty("param").GetString());
            Assert.Empty(server.Requests);
        }

        await Home.PutConfigAsync(new { fetch = new { allow_private = new[] { $"127.0.0.1:{server.Port}" } } });
        try
        {
            await Until.TrueAsync(
                async () =>
                {
                    using var answer = await LookAsync(client, address);
                    return answer.IsSuccessStatusCode;
                },
                "the picture is fetched");
            Assert.True(Assert.Single(Home.Grok.Files).Content.Span.SequenceEqual(picture));
            using var gone = await LookAsync(client, address.Replace("cat", "gone", StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.BadRequest, gone.StatusCode);
            var error = await gone.ErrorAsync();
            Assert.Equal("failed_to_download_image", error.GetProperty("code").GetString());
            Assert.Contains("answered 404", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
        finally
        {
            await Home.PutConfigAsync(new { fetch = new { allow_private = Array.Empty<string>() } });
        }
    }

    [Theory]
    [InlineData("image_url")]
    [InlineData("input_file")]
    public async Task A_redirect_leads_to_an_allowed_host_and_to_no_other(string type)
    {
        var picture = Picture(20, 10);
        await using var inside = await FileServer.StartAsync(context => SendAsync(context, picture), Cancelled);
        await using var allowed = await FileServer.StartAsync(context => RedirectAsync(context, $"http://127.0.0.1:{inside.Port}/cat.jpg"), Cancelled);
        var address = $"http://127.0.0.1:{allowed.Port}/cat.jpg";
        object part = type == "image_url" ? new { type, image_url = address } : new { type, file_url = address, filename = "cat.jpg" };
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        try
        {
            await Home.PutConfigAsync(new { fetch = new { allow_private = new[] { $"127.0.0.1:{allowed.Port}" } } });
            await Until.TrueAsync(
                async () =>
                {
                    using var refused = await SendAsync(client, part);
                    Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
                    return !allowed.Requests.IsEmpty;
                },
                "the redirect is seen");
            Assert.Empty(inside.Requests);
            Assert.Empty(Home.Grok.Files);

            await Home.PutConfigAsync(new { fetch = new { allow_private = new[] { $"127.0.0.1:{allowed.Port}", $"127.0.0.1:{inside.Port}" } } });
            await Until.TrueAsync(
                async () =>
                {
                    using var answer = await SendAsync(client, part);
                    return answer.IsSuccessStatusCode;
                },
                "the redirect is followed");
            Assert.Single(inside.Requests);
            Assert.True(Assert.Single(Home.Grok.Files).Content.Span.SequenceEqual(picture));
        }
        finally
        {
            await Home.PutConfigAsync(new { fetch = new { allow_private = Array.Empty<string>() } });
        }
    }

    [Fact]
    public async Task A_text_file_is_read_into_the_prompt_and_sound_is_refused()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var file = new { type = "file", file = new { filename = "a.txt", file_data = "data:text/plain;base64,aGVsbG8=" } };
        using (var answer = await SendAsync(client, file))
            Assert.Contains("[file: a.txt]\nhello", await answer.ContentAsync(), StringComparison.Ordinal);
        using var refused = await SendAsync(client, new { type = "input_audio", input_audio = new { data = "aGVsbG8=", format = "wav" } });
        Assert.Equal("unsupported_content", (await refused.ErrorAsync()).GetProperty("code").GetString());
        Assert.Empty(Home.Grok.Files);
    }

    [Fact]
    public async Task A_picture_that_is_cut_off_is_refused_by_its_place()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var whole = Picture(200, 100);
        using var answer = await LookAsync(client, "data:image/jpeg;base64," + Convert.ToBase64String(whole.AsSpan(0, whole.Length - 20)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal(("image_parse_error", "messages[0].content[1].image_url"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(Home.Grok.Chats);
    }

    [Theory]
    [InlineData("http://127.0.0.1/a.png")]
    [InlineData("http://0.0.0.0/a.png")]
    [InlineData("http://[::1]/a.png")]
    [InlineData("http://[::ffff:127.0.0.1]/a.png")]
    [InlineData("http://100.64.0.1/a.png")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://localhost/a.png")]
    [InlineData("http://does-not-exist.invalid/a.png")]
    public async Task An_address_that_is_not_on_the_public_internet_is_refused_in_the_same_words_as_one_that_does_not_answer(string address)
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await LookAsync(client, address);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal("failed_to_download_image", error.GetProperty("code").GetString());
        Assert.Equal("'messages[0].content[1].image_url' leads to no server on the public Internet that answers.", error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task More_pictures_than_allowed_are_refused()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var part = new { type = "image_url", image_url = "data:image/jpeg;base64," + Convert.ToBase64String(Picture(20, 10)) };
        using var answer = await client.PostAsJsonAsync(
            new Uri("v1/chat/completions", UriKind.Relative),
            new { model = "grok-4.20-fast", messages = new[] { new { role = "user", content = Enumerable.Repeat(part, 9) } } },
            Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal(("too_many_images", "messages[0].content[8].image_url"), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Empty(Home.Grok.Files);
    }

    [Fact]
    public async Task A_picture_beside_an_empty_text_is_looked_at()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var url = "data:image/jpeg;base64," + Convert.ToBase64String(Picture(20, 10));
        using var answer = await client.PostAsJsonAsync(
            new Uri("v1/chat/completions", UriKind.Relative),
            new { model = "grok-4.20-fast", messages = new[] { new { role = "user", content = new object[] { new { type = "text", text = "" }, new { type = "image_url", image_url = new { url } } } } } },
            Cancelled);
        await answer.ContentAsync();
        Assert.Single(Home.Grok.Files);
    }

    private static Task<HttpResponseMessage> LookAsync(HttpClient client, object image) => SendAsync(client, new { type = "image_url", image_url = image });

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, object part) => client.PostAsJsonAsync(
        new Uri("v1/chat/completions", UriKind.Relative),
        new { model = "grok-4.20-fast", messages = new[] { new { role = "user", content = new[] { new { type = "text", text = "Look" }, part } } } },
        Cancelled);

    private static Task SendAsync(HttpContext context, byte[] picture)
    {
        context.Response.ContentType = "image/jpeg";
        return context.Response.Body.WriteAsync(picture, Cancelled).AsTask();
    }

    private static Task GoneAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task RedirectAsync(HttpContext context, string location)
    {
        context.Response.Redirect(location);
        return Task.CompletedTask;
    }

    private static byte[] Picture(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(SKColors.Teal);
        using var encoded = bitmap.Encode(SKEncodedImageFormat.Jpeg, 90);
        return encoded.ToArray();
    }
}

[Collection(AllInOneCollection.Name)]
public sealed class PicturesInOneProcess(AllInOneHome home) : PictureScenarios(home);

[Collection(DistributedCollection.Name)]
public sealed class PicturesInSeparateProcesses(DistributedHome home) : PictureScenarios(home);
