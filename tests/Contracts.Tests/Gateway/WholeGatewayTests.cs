using System.Net;
using System.Net.Http.Headers;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Usage;
using GrokForge.Contracts.VideoJobs;
using GrokForge.Gateway;
using GrokForge.Gateway.VideoJobs;
using GrokForge.TestKit;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>The gateway as its process has it: store, keys, doors, drain; only the upstream is scripted.</summary>
public sealed class WholeGatewayTests : IAsyncDisposable
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private readonly ScriptedUpstream _upstream = new();
    private readonly HttpClient _client = new();
    private ServiceUnderTest? _gateway;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
    }

    [Fact]
    public async Task A_chat_with_a_key_is_answered_and_leaves_a_row()
    {
        var key = await StartAsync([]);
        _upstream.Says(Served(tokenId: 5), Text("Hello"), Finished());
        using var response = await ChatAsync(Ask);
        Assert.Equal("Hello", (await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Content);

        UsageView? row = null;
        await Eventually.HoldsAsync(async () =>
        {
            var rows = await _gateway!.Services.GetRequiredService<IUsageQueries>().ListAsync(new ListUsageRequest { Page = 1, PageSize = 10 }, Token);
            return (row = rows.Rows.FirstOrDefault()) is not null;
        }, Token);
        Assert.Equal((key.Id, "grok-4.20", 5L, 200, "completed"), (row!.KeyId, row.Model, row.TokenId, row.Status, row.Outcome));
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), row.RequestId);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_asked_of_the_upstream()
    {
        await StartAsync([]);
        _client.DefaultRequestHeaders.Authorization = null;
        using var response = await ChatAsync(Ask);
        await Envelope.AssertAsync(response, 401, "invalid_request_error", "invalid_api_key", null, Token);
        Assert.False(_upstream.Calls.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_model_name_that_no_database_takes_is_recorded_all_the_same()
    {
        await StartAsync([]);
        using var response = await ChatAsync(Ask.Replace("grok-4.20", "grok\\u0000" + new string('x', 500), StringComparison.Ordinal));
        await Envelope.AssertAsync(response, 404, "invalid_request_error", "model_not_found", "model", Token);
        await Eventually.HoldsAsync(async () =>
            (await _gateway!.Services.GetRequiredService<IUsageQueries>().ListAsync(new ListUsageRequest { Page = 1, PageSize = 10 }, Token)).Rows
                .Any(r => r.Model == "grok" + new string('x', 123)), Token);
    }

    [Fact]
    public async Task A_stop_lets_open_streams_finish()
    {
        await StartAsync([]);
        var live = _upstream.SaysLive();
        await live.Writer.WriteAsync(Text("one"), Token);
        using var open = await ChatAsync(Ask);
        var stop = _gateway!.StopAsync(Token);
        await live.Writer.WriteAsync(Text("two"), Token);
        await live.Writer.WriteAsync(Finished(), Token);
        live.Writer.Complete();
        var stream = await SseTranscript.ReadAsync(open, usageAsked: false, Token);
        Assert.Equal(("onetwo", "stop"), (stream.Content, stream.FinishReason));
        await stop;
    }

    [Fact]
    public async Task A_stop_ends_streams_that_outlive_their_grace_time_with_an_error()
    {
        await StartAsync(new() { ["app:drain_seconds"] = "1" });
        var live = _upstream.SaysLive();
        await live.Writer.WriteAsync(Text("one"), Token);
        using var open = await ChatAsync(Ask);
        var stop = _gateway!.StopAsync(Token);
        var stream = await SseTranscript.ReadAsync(open, usageAsked: false, Token);
        Assert.Equal("service_unavailable", stream.Error!.Value.GetProperty("code").GetString());
        await stop;
    }

    [Fact]
    public async Task Video_jobs_are_honestly_unimplemented()
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await new VideoJobsRpc().Claim(new ClaimJobRequest(), null!));
        Assert.Equal(StatusCode.Unimplemented, refusal.StatusCode);
    }

    [Fact]
    public async Task Admin_is_forwarded_with_the_callers_address_while_it_is_public()
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(admin) });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway!.Http, "/admin/tokens/batch?x=1")) { Content = new StringContent("body") };
        using var response = await _client.SendAsync(request, Token);
        Assert.Equal($"POST /admin/tokens/batch?x=1 body 127.0.0.1 {_gateway.Http.Authority}", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("SAMEORIGIN", response.Headers.GetValues("X-Frame-Options").Single());
    }

    [Fact]
    public async Task Admin_is_hidden_where_it_is_not_public()
    {
        await using var admin = await StartAdminAsync();
        await StartAsync(new() { ["services:admin:http:0"] = AddressOf(admin), ["app:public_admin"] = "false" });
        Assert.Equal(HttpStatusCode.NotFound, (await _client.GetAsync(new Uri(_gateway!.Http, "/admin/login"), Token)).StatusCode);
    }

    [Fact]
    public async Task An_admin_service_that_is_away_is_a_bad_gateway()
    {
        await StartAsync(new() { ["services:admin:http:0"] = "http://127.0.0.1:9" });
        Assert.Equal(HttpStatusCode.BadGateway, (await _client.GetAsync(new Uri(_gateway!.Http, "/admin"), Token)).StatusCode);
    }

    private async Task<CreatedKey> StartAsync(Dictionary<string, string?> configuration)
    {
        _gateway = await ServiceUnderTest.StartAsync(
            "gateway",
            configuration,
            builder =>
            {
                builder.Services.AddSingleton<IUpstreamChat>(_upstream);
                builder.AddGateway();
            },
            app => app.MapGateway().MapGatewayRpc(),
            rpc: true,
            Token);
        var key = await _gateway.Services.GetRequiredService<IVirtualKeys>().CreateAsync(new CreateKeyRequest { Name = "test" }, Token);
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("bearer", key.Key);
        return key;
    }

    private async Task<HttpResponseMessage> ChatAsync(string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway!.Http, "/v1/chat/completions")) { Content = GatewayHost.Json(body) };
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }

    private static async Task<WebApplication> StartAdminAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(async context =>
        {
            var request = context.Request;
            var body = await new StreamReader(request.Body).ReadToEndAsync(context.RequestAborted);
            context.Response.Headers.XFrameOptions = "SAMEORIGIN";
            await context.Response.WriteAsync(
                $"{request.Method} {request.Path}{request.QueryString} {body} {request.Headers["X-Forwarded-For"]} {request.Host}", context.RequestAborted);
        });
        await app.StartAsync(Token);
        return app;
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
}
