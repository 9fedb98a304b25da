using System.Net.Http.Headers;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Usage;
using GrokForge.Contracts.VideoJobs;
using GrokForge.Gateway;
using GrokForge.Gateway.VideoJobs;
using GrokForge.TestKit;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>The gateway as its process has it: store, keys, doors, drain; only the upstream is scripted.</summary>
public sealed class WholeGatewayTests : IAsyncDisposable
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private readonly ScriptedUpstream _upstream = new();
    private readonly HttpClient _client = WatchedClient.Of(null);
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
    public async Task A_key_may_come_as_x_api_key()
    {
        var key = await StartAsync([]);
        _client.DefaultRequestHeaders.Authorization = null;
        _client.DefaultRequestHeaders.Add("x-api-key", key.Key);
        _upstream.Says(Served(tokenId: 5), Text("Hello"), Finished());
        using var response = await ChatAsync(Ask);
        Assert.Equal("Hello", (await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Content);
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_body_does_not_matter()
    {
        await StartAsync([]);
        _upstream.Says(Served(tokenId: 5), Text("Hello"), Finished());
        using var response = await ChatAsync("\uFEFF" + Ask);
        Assert.Equal("Hello", (await SseTranscript.ReadAsync(response, usageAsked: false, Token)).Content);
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

    private async Task<CreatedKey> StartAsync(Dictionary<string, string?> configuration)
    {
        _gateway = await ServiceUnderTest.StartAsync(
            "gateway",
            configuration,
            builder =>
            {
                builder.Services.AddSingleton<IUpstreamChat>(_upstream).AddSingleton<IUpstreamModels>(_upstream);
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
}
