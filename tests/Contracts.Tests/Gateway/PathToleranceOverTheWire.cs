using System.Net;
using System.Text.Json;
using GrokForge.Gateway.Rim;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>The doors under whatever address clients make of a base URL.</summary>
public sealed class PathToleranceOverTheWire
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/models")]
    [InlineData("/models/")]
    [InlineData("//models")]
    [InlineData("/v1/models/")]
    [InlineData("/v1//models")]
    [InlineData("//v1/models")]
    [InlineData("/v1/v1/models")]
    [InlineData("/v1/v1/v1//models//")]
    [InlineData("/V1/models")]
    [InlineData("/v1/./models")]
    [InlineData("/%76%31/models?limit=5")]
    public async Task The_models_are_found(string path)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            using var response = await SendAsync(host, method, path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
            var body = await response.Content.ReadAsStringAsync(Token);
            if (method == HttpMethod.Get)
                Assert.Equal("list", JsonDocument.Parse(body).RootElement.GetProperty("object").GetString());
            else
                Assert.Empty(body);
        }
    }

    [Theory]
    [InlineData("/models/grok-4.20", "grok-4.20")]
    [InlineData("/v1/v1/models/grok-4.20/", "grok-4.20")]
    [InlineData("/models/vendor%2Fodd%20model", "vendor/odd model")]
    [InlineData("/v1/models//vendor%2Fodd%20model", "vendor/odd model")]
    [InlineData("//models//vendor/odd%20model", "vendor/odd model")]
    public async Task One_model_is_found(string path, string id)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await SendAsync(host, HttpMethod.Get, path);
        Assert.Equal(id, JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token)).RootElement.GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("/chat/completions")]
    [InlineData("/chat/completions/")]
    [InlineData("/v1/v1/chat/completions")]
    [InlineData("//v1//chat//completions")]
    [InlineData("/v1/chat/completions/")]
    public async Task A_chat_is_answered_and_its_preflight_too(string path)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        host.Upstream.Says(Text("Hello"), Finished());
        using var response = await SendAsync(host, HttpMethod.Post, path, Ask);
        Assert.Equal("Hello", (await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Content);
        using var preflight = await SendAsync(host, HttpMethod.Options, path);
        Assert.Equal((HttpStatusCode.NoContent, "*"), (preflight.StatusCode, preflight.Headers.GetValues("Access-Control-Allow-Origin").Single()));
    }

    [Theory]
    [InlineData("GET", "/chat/completions", 405, "method_not_allowed", "POST")]
    [InlineData("PUT", "/v1//models/", 405, "method_not_allowed", "GET, HEAD")]
    [InlineData("GET", "/v1/v1/nothing", 404, "unknown_url", null)]
    [InlineData("GET", "/v1/", 404, "unknown_url", null)]
    [InlineData("POST", "/chat/completions/more", 404, "unknown_url", null)]
    [InlineData("GET", "/v1/admin/verify", 404, "unknown_url", null)]
    [InlineData("GET", "/v1/health", 404, "unknown_url", null)]
    [InlineData("GET", "/v1/models%2Fgrok-4.20", 404, "unknown_url", null)]
    public async Task What_is_not_there_answers_the_envelope(string method, string path, int status, string code, string? allow)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await SendAsync(host, new HttpMethod(method), path);
        Assert.Equal(allow, response.Content.Headers.Allow.Count > 0 ? string.Join(", ", response.Content.Headers.Allow) : null);
        await Envelope.AssertAsync(response, status, "invalid_request_error", code, null, Token);
    }

    [Theory]
    [InlineData("//robots.txt")]
    [InlineData("/chat")]
    [InlineData("/modelsx")]
    [InlineData("/v2/models")]
    [InlineData("/v1%2Fmodels")]
    [InlineData("/%2Fv1/models")]
    [InlineData("/v1%252Fmodels")]
    [InlineData("/api/models")]
    public async Task What_is_not_the_apis_is_not_made_the_apis(string path)
    {
        await using var host = await GatewayHost.StartAsync(Token);
        using var response = await SendAsync(host, HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Every_door_under_v1_is_found_without_it()
    {
        await using var host = await GatewayHost.StartAsync(Token);
        var doors = host.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => "/" + e.RoutePattern.RawText!.TrimStart('/')).Where(p => p.StartsWith("/v1/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(doors);
        Assert.All(doors, door => Assert.Equal(door, PathTolerance.Canonical(new PathString(door[3..])).Value));
    }

    /// <summary>As it is written: a relative address with two slashes would be a host.</summary>
    private static async Task<HttpResponseMessage> SendAsync(GatewayHost host, HttpMethod method, string path, string? body = null)
    {
        var address = new Uri(host.Address.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(method, address) { Content = body is null ? null : GatewayHost.Json(body) };
        return await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
