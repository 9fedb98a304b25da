using System.Diagnostics;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Calls;

public sealed class RemoteCallTests : IAsyncDisposable
{
    private readonly List<ServiceUnderTest> _services = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
            await service.DisposeAsync();
    }

    [Fact]
    public async Task Calls_go_round_the_replicas()
    {
        var leasing = await CallerOf(await PoolAsync(new("a")), await PoolAsync(new("b")));
        await UntilBothAnswerAsync(leasing);

        var answers = new List<string>();
        for (var i = 0; i < 8; i++)
            answers.Add(await BorrowAsync(leasing));

        Assert.Equal(4, answers.Count(a => a == "a"));
        Assert.Equal(4, answers.Count(a => a == "b"));
    }

    [Fact]
    public async Task A_dead_replica_is_skipped_and_no_call_is_lost()
    {
        var dying = await PoolAsync(new("dying"));
        var leasing = await CallerOf(dying, await PoolAsync(new("living")));
        await UntilBothAnswerAsync(leasing);

        await dying.DisposeAsync();
        _services.Remove(dying);

        for (var i = 0; i < 20; i++)
            Assert.Equal("living", await BorrowAsync(leasing));
    }

    [Fact]
    public async Task A_replica_that_was_never_there_is_skipped()
    {
        var leasing = await CallerOf($"http://127.0.0.1:{FreePort.Next()}", (await PoolAsync(new("living"))).Rpc);

        for (var i = 0; i < 10; i++)
            Assert.Equal("living", await BorrowAsync(leasing));
    }

    [Fact]
    public async Task Without_any_replica_a_call_ends_as_unavailable()
    {
        var nowhere = await CallerOf($"http://127.0.0.1:{FreePort.Next()}");
        var unknown = await CallerOf((string[])[]);

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => BorrowAsync(nowhere))).StatusCode);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => BorrowAsync(unknown))).StatusCode);
    }

    [Fact]
    public async Task An_unexpected_exception_arrives_as_internal_without_its_details()
    {
        var script = new LeasingScript("a") { Before = _ => throw new InvalidOperationException("the secret is hunter2") };
        var leasing = await CallerOf(await PoolAsync(script));

        var failed = await Assert.ThrowsAsync<RpcException>(() => BorrowAsync(leasing));

        Assert.Equal(StatusCode.Internal, failed.StatusCode);
        Assert.DoesNotContain("hunter2", failed.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, script.Calls);
    }

    [Fact]
    public async Task A_database_that_is_away_arrives_as_unavailable_without_its_details()
    {
        var script = new LeasingScript("a") { Before = _ => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound) };
        var leasing = await CallerOf(await PoolAsync(script));

        var failed = await Assert.ThrowsAsync<RpcException>(() => BorrowAsync(leasing));

        Assert.Equal((StatusCode.Unavailable, "The service's database does not answer."), (failed.StatusCode, failed.Status.Detail));
    }

    [Fact]
    public async Task Cancellation_reaches_the_callee_and_comes_back_as_cancellation()
    {
        var arrived = new TaskCompletionSource();
        var cancelled = new TaskCompletionSource();
        var script = new LeasingScript("a")
        {
            Before = async context =>
            {
                context.CancellationToken.Register(() => cancelled.TrySetResult());
                arrived.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            },
        };
        var leasing = await CallerOf(await PoolAsync(script));
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var borrowing = leasing.BorrowAsync(new BorrowRequest { BorrowId = "x" }, giveUp.Token);
        await arrived.Task.WaitAsync(Token);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => borrowing);
        await cancelled.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task Request_id_and_trace_reach_the_callee()
    {
        var script = new LeasingScript("a");
        var pool = await PoolAsync(script);
        var gateway = await StartAsync("upstream", [pool.Rpc], app => app.MapGet("/borrow", async (ITokenLeasing leasing, HttpContext context) =>
            (await leasing.BorrowAsync(new BorrowRequest { BorrowId = "x" }, context.RequestAborted)).Grant.LeaseId));
        using var client = new HttpClient { BaseAddress = gateway.Http };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/borrow") { Headers = { { RequestId.Header, "find-me" }, { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } } };

        // A trace of the test's own would be sent on instead of the one given here.
        Activity.Current = null;
        using var answer = await client.SendAsync(request, Token);

        Assert.Equal("a", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("find-me", answer.Headers.GetValues(RequestId.Header).Single());
        Assert.Equal(["find-me"], script.RequestIds);
        Assert.Equal(["0af7651916cd43dd8448eb211c80319c"], script.TraceIds);
    }

    [Fact]
    public async Task RPCs_answer_on_the_RPC_port_only_whatever_host_is_claimed()
    {
        var pool = await PoolAsync(new("a"));
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(pool.Http, "/grokforge.tokens.TokenLeasing/Borrow"))
        {
            Content = new ByteArrayContent([0, 0, 0, 0, 0]) { Headers = { { "Content-Type", "application/grpc" } } },
            Headers = { Host = $"127.0.0.1:{pool.RpcPort}" },
        };

        using var answer = await client.SendAsync(request, Token);

        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task The_RPC_port_shows_nothing_of_the_public_door()
    {
        var pool = await StartAsync("tokenpool", [], app => app.MapGet("/v1/models", () => "public"), rpc: true);
        using var client = new HttpClient { DefaultRequestVersion = System.Net.HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await client.GetAsync(new Uri($"{pool.Rpc}/v1/models"), Token)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await client.GetAsync(new Uri($"{pool.Rpc}/health"), Token)).StatusCode);
    }

    private Task<ServiceUnderTest> PoolAsync(LeasingScript script) =>
        StartAsync("tokenpool", [], app => app.MapRpc<ScriptedLeasing>(), builder => builder.Services.AddSingleton(script), rpc: true);

    private Task<ITokenLeasing> CallerOf(params ServiceUnderTest[] pools) => CallerOf(pools.Select(p => p.Rpc).ToArray());

    private async Task<ITokenLeasing> CallerOf(params string[] pools) => (await StartAsync("upstream", pools, _ => { })).Services.GetRequiredService<ITokenLeasing>();

    private async Task<ServiceUnderTest> StartAsync(string service, string[] pools, Action<WebApplication> map, Action<WebApplicationBuilder>? add = null, bool rpc = false)
    {
        var replicas = pools.Select((address, i) => KeyValuePair.Create($"services:tokenpool:grpc:{i}", (string?)address)).ToDictionary();
        var started = await ServiceUnderTest.StartAsync(service, replicas, builder => (add ?? (b => b.AddRemoteTokenLeasing()))(builder), map, rpc, Token);
        _services.Add(started);
        return started;
    }

    // Connections to the replicas come up one after the other; until then the first one answers alone.
    private static async Task UntilBothAnswerAsync(ITokenLeasing leasing)
    {
        var seen = new HashSet<string>();
        while (seen.Count < 2)
            seen.Add(await BorrowAsync(leasing));
        for (var i = 0; i < 2; i++)
            await BorrowAsync(leasing);
    }

    private static async Task<string> BorrowAsync(ITokenLeasing leasing) => (await leasing.BorrowAsync(new BorrowRequest { BorrowId = "x" }, Token)).Grant.LeaseId;
}
