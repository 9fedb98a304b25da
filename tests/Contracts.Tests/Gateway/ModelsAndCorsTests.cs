using System.Net;
using System.Text.Json;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Contracts.Tests.Gateway;

public sealed class ModelsAndCorsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_shows_chat_models_that_are_not_hidden()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var list = JsonDocument.Parse(await host.Client.GetStringAsync("/v1/models", Token)).RootElement;
        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Equal(["grok-4.20", "grok-4.20-heavy", "vendor/odd model"], list.GetProperty("data").EnumerateArray().Select(m => m.GetProperty("id").GetString()));
        Assert.Equal(
            $$"""{"id":"grok-4.20","object":"model","created":{{ModelCatalog.Created}},"owned_by":"xai","type":"chat"}""",
            list.GetProperty("data")[0].GetRawText());
    }

    [Fact]
    public async Task The_list_shows_only_what_the_key_may_use()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Key = new(1, "test", ["grok-4.20-heavy"]);
        var list = JsonDocument.Parse(await host.Client.GetStringAsync("/v1/models", Token)).RootElement;
        Assert.Equal("grok-4.20-heavy", list.GetProperty("data").EnumerateArray().Single().GetProperty("id").GetString());
        using var other = await host.SendAsync(HttpMethod.Get, "/v1/models/grok-4.20", null, Token);
        await Envelope.AssertAsync(other, 404, "invalid_request_error", "model_not_found", "model", Token);
    }

    [Theory]
    [InlineData("grok-4.20", "grok-4.20")]
    [InlineData("grok%2D4.20", "grok-4.20")]
    [InlineData("grok-hidden", "grok-hidden")]
    [InlineData("vendor%2Fodd%20model", "vendor/odd model")]
    [InlineData("vendor/odd%20model", "vendor/odd model")]
    public async Task One_model_is_found_by_its_id_encoded_or_not(string path, string id)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var model = JsonDocument.Parse(await host.Client.GetStringAsync($"/v1/models/{path}", Token)).RootElement;
        Assert.Equal((id, "model"), (model.GetProperty("id").GetString(), model.GetProperty("object").GetString()));
    }

    [Fact]
    public async Task An_unknown_model_is_not_found()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.SendAsync(HttpMethod.Get, "/v1/models/nothing", null, Token);
        await Envelope.AssertAsync(response, 404, "invalid_request_error", "model_not_found", "model", Token);
    }

    [Theory]
    [InlineData("/v1/models", HttpStatusCode.OK)]
    [InlineData("/v1/models/grok-4.20", HttpStatusCode.OK)]
    [InlineData("/v1/models/nothing", HttpStatusCode.NotFound)]
    [InlineData("/v1/chat/completions", HttpStatusCode.MethodNotAllowed)]
    [InlineData("/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("/", HttpStatusCode.OK)]
    public async Task Head_is_get_without_a_body(string path, HttpStatusCode status)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await host.SendAsync(HttpMethod.Head, path, null, Token);
        Assert.Equal(status, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task A_preflight_needs_no_key_and_names_what_was_asked_for()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        request.Headers.Add("Origin", "https://app.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization, content-type, x-stainless-os");
        using var response = await host.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("authorization, content-type, x-stainless-os", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
        Assert.Contains("POST", response.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task A_preflight_with_odd_headers_is_answered_with_the_usual_ones()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v1/models");
        request.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", "a;b=\"c\"");
        using var response = await host.Client.SendAsync(request, Token);
        Assert.Equal("authorization, content-type, x-api-key", response.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }

    [Theory]
    [InlineData("https://app.example", "https://app.example")]
    [InlineData("https://other.example", null)]
    public async Task Only_configured_origins_are_allowed(string origin, string? allowed)
    {
        await using var host = await GatewayHost.StartAsync(new AppOptions { CorsOrigins = ["https://app.example"] }, null, Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        request.Headers.Add("Origin", origin);
        using var response = await host.Client.SendAsync(request, Token);
        Assert.Equal(allowed, response.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null);
        Assert.Contains("Origin", response.Headers.Vary);
    }

    [Theory]
    [InlineData("/v1/models", true)]
    [InlineData("/v1/nothing", true)]
    [InlineData("/", false)]
    [InlineData("/robots.txt", false)]
    [InlineData("/nothing", false)]
    public async Task Only_answers_under_v1_are_for_other_origins(string path, bool allowed)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Options])
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Add("Origin", "https://app.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
            using var response = await host.Client.SendAsync(request, Token);
            Assert.Equal(allowed, response.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }
}
