using System.Net;
using System.Net.Http.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Doors whose work does not exist yet say so, with 501 and the envelope of their kind; none pretends.</summary>
public abstract class LaterDoorScenarios(Home home) : HomeScenarios(home)
{
    [Theory]
    [InlineData("GET", "api/files/image/0123.png")]
    [InlineData("HEAD", "api/files/image/0123.png")]
    [InlineData("GET", "api/files/video/0123.mp4")]
    public async Task Media_files(string method, string path)
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(path, UriKind.Relative));
        using var answer = await client.SendAsync(request, Cancelled);
        await AssertNotYetAsync(answer, hasBody: method != "HEAD");
    }

    [Theory]
    [InlineData("GET", "admin/cache/stats")]
    [InlineData("GET", "admin/cache/files")]
    [InlineData("GET", "admin/cache/files/image/0123.png")]
    [InlineData("POST", "admin/cache/delete")]
    [InlineData("POST", "admin/cache/clear")]
    public async Task The_media_cache_in_the_administration(string method, string path)
    {
        using var answer = await Home.SendAdminAsync(new HttpMethod(method), path, method == "POST" ? new { names = Array.Empty<string>() } : null);
        await AssertNotYetAsync(answer);
        using var client = WatchedClient.Of(Home.Gateways[0]);
        using var stranger = await client.GetAsync(new Uri("admin/cache/stats", UriKind.Relative), Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, stranger.StatusCode);
    }

    [Theory]
    [InlineData("v1/chat/completions", "grok-imagine-image")]
    [InlineData("v1/chat/completions", "grok-imagine-image-pro")]
    [InlineData("v1/chat/completions", "grok-imagine-image-lite")]
    [InlineData("v1/chat/completions", "grok-imagine-image-edit")]
    [InlineData("v1/chat/completions", "grok-imagine-video")]
    [InlineData("v1/images/generations", "grok-imagine-image")]
    [InlineData("v1/images/generations", "grok-imagine-video")]
    public async Task Models_that_make_pictures_and_videos(string path, string model)
    {
        await Home.ImportTokensAsync(1, "super");
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), new { model, prompt = "A cat", messages = new[] { new { role = "user", content = "A cat" } } }, Cancelled);
        await AssertNotYetAsync(answer);
        Assert.Equal("false", answer.Headers.GetValues("x-should-retry").Single());
        Assert.Empty(Home.Grok.Chats);

        var listed = await client.GetStringAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
        Assert.DoesNotContain(model, listed, StringComparison.Ordinal);
    }

    private static async Task AssertNotYetAsync(HttpResponseMessage answer, bool hasBody = true)
    {
        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        Assert.True(answer.Headers.Contains("x-request-id"));
        if (!hasBody)
        {
            Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancelled));
            return;
        }

        var error = await answer.ErrorAsync();
        Assert.Equal(("server_error", "not_implemented"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }
}

/// <summary>Doors of later work in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class LaterDoorsInAllInOne(AllInOneHome home) : LaterDoorScenarios(home);

/// <summary>Doors of later work over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class LaterDoorsOverServices(DistributedHome home) : LaterDoorScenarios(home);
