using System.Net;
using System.Net.Http.Json;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What surrounds every door, as clients meet it in every home.</summary>
public abstract class RimScenarios(Home home) : HomeScenarios(home)
{
    [Theory]
    [InlineData("/chat/completions")]
    [InlineData("/v1/v1/chat/completions")]
    [InlineData("//v1//chat/completions/")]
    public async Task A_chat_is_answered_under_any_address_that_clients_make(string path)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.PostAsJsonAsync(At(client, path), Chats.Body("Hello there"), Cancelled);
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
    }

    [Theory]
    [InlineData("/models/grok-4.20-fast")]
    [InlineData("/v1/v1/models/grok-4.20-fast/")]
    [InlineData("/v1//models//grok-4.20-fast")]
    public async Task A_model_is_found_under_any_address_that_clients_make(string path)
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.GetAsync(At(client, path), Cancelled);
        Assert.Contains("\"id\":\"grok-4.20-fast\"", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/models", HttpStatusCode.Unauthorized, true)]
    [InlineData("/v1/nothing", HttpStatusCode.NotFound, true)]
    [InlineData("//admin/tokens", HttpStatusCode.NotFound, false)]
    [InlineData("/v1/admin/tokens", HttpStatusCode.NotFound, true)]
    [InlineData("/models/%2e%2e/admin/tokens", HttpStatusCode.Unauthorized, false)]
    public async Task No_address_leads_around_keys_and_passwords(string path, HttpStatusCode status, bool forOtherOrigins)
    {
        using var client = Home.Client("gf-000000000000000000000000000000000000000000000000");
        using var answer = await client.GetAsync(At(client, path), Cancelled);
        Assert.Equal((status, forOtherOrigins), (answer.StatusCode, answer.Headers.Contains("Access-Control-Allow-Origin")));
        Assert.True(answer.Headers.Contains("x-request-id"));
    }

    [Fact]
    public async Task More_headers_than_the_server_takes_are_refused()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        for (var i = 0; i < 101; i++)
            client.DefaultRequestHeaders.Add($"x-{i}", "1");
        using var answer = await client.GetAsync(At(client, "/v1/models"), Cancelled);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, answer.StatusCode);
    }

    [Fact]
    public async Task A_large_header_is_taken()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        client.DefaultRequestHeaders.Add("x-large", new string('x', 500_000));
        using var answer = await client.GetAsync(At(client, "/v1/models"), Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("grok-imagine-image", HttpStatusCode.NotImplemented, "false")]
    [InlineData("grok-4.20-fast", HttpStatusCode.ServiceUnavailable, null)]
    public async Task What_will_never_work_is_not_to_be_tried_again(string model, HttpStatusCode status, string? retry)
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", model);
        Assert.Equal((status, retry), (answer.StatusCode, answer.Headers.TryGetValues("x-should-retry", out var values) ? values.Single() : null));
        Assert.Equal(retry is null, answer.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    private static Uri At(HttpClient client, string path) =>
        new(client.BaseAddress!.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}

/// <summary>The rim in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class RimInAllInOne(AllInOneHome home) : RimScenarios(home);

/// <summary>The rim over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class RimOverServices(DistributedHome home) : RimScenarios(home);
