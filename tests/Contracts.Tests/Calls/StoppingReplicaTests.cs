using Google.Protobuf;
using GrokForge.Contracts.Calls;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tests.Health;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.TestKit;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Calls;

/// <summary>What a replica that was asked to stop does with the calls that still come to it, and where they go instead.</summary>
public sealed class StoppingReplicaTests : IAsyncDisposable
{
    private readonly List<ServiceUnderTest> _services = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services)
            await service.DisposeAsync();
    }

    [Fact]
    public async Task A_crowd_of_new_chats_goes_to_the_other_replica_and_the_running_one_ends_in_peace()
    {
        var (first, second) = (new ChatRecord(), new ChatRecord());
        var upstream = await UpstreamAsync(first);
        var chat = await GatewayAsync(upstream, await UpstreamAsync(second));
        await UntilBothAnswerAsync(chat, first, second);
        first.Hold = true;
        var held = await RunningOnAsync(chat, first);
        var (taken, stopping) = (first.Calls, upstream.StopAsync(Token));
        await upstream.Services.GetRequiredService<StopSignal>().Draining.UntilCancelledAsync(Token);

        var crowd = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => chat.ChatAsync(new ChatCall(), Token).ToListAsync(Token).AsTask()));

        Assert.All(crowd, events => Assert.Equal(ChatEvent.EventOneofCase.Finished, events[^1].EventCase));
        Assert.Equal(taken, first.Calls);
        Assert.False(stopping.IsCompleted);
        first.Release.SetResult();
        Assert.True(await held.MoveNextAsync());
        Assert.Equal(ChatEvent.EventOneofCase.Finished, held.Current.EventCase);
        await stopping;
    }

    [Fact]
    public async Task A_replica_that_is_alone_refuses_to_lend_but_settles_and_renews_until_its_end()
    {
        var record = new PoolRecord();
        var pool = await StartAsync("tokenpool", [], builder => builder.Services.AddSingleton(record), app => app.MapRpc<RecordingPool>(), rpc: true);
        var caller = await StartAsync("upstream", Replicas("tokenpool", pool), builder => builder.AddRemoteTokenLeasing(), _ => { }, rpc: false);
        var leasing = caller.Services.GetRequiredService<ITokenLeasing>();
        var running = leasing.BorrowAsync(new BorrowRequest { BorrowId = "running" }, Token);
        await record.Arrived.Task.WaitAsync(Token);
        var stopping = pool.StopAsync(Token);
        await pool.Services.GetRequiredService<StopSignal>().Draining.UntilCancelledAsync(Token);

        var refused = await Assert.ThrowsAsync<RpcException>(() => leasing.BorrowAsync(new BorrowRequest { BorrowId = "new" }, Token));
        await leasing.SettleAsync(new SettleRequest { LeaseId = "old" }, Token);
        await leasing.RenewAsync(new RenewRequest { LeaseIds = { "old" } }, Token);

        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
        Assert.Equal(["running"], record.Borrowed);
        record.Release.SetResult();
        Assert.Equal("lease", (await running).Grant.LeaseId);
        await stopping;
    }

    [Fact]
    public void What_a_stopping_replica_refuses_is_sent_again_by_its_callers()
    {
        string[] beginnings = ["/grokforge.chat.UpstreamChat/Chat", "/grokforge.tokens.TokenLeasing/Borrow"];
        var sentAgain = CallPolicy.Rules.SelectMany(rule => rule.Retries.Keys.Select(method => $"/{rule.Service}/{method}")).ToList();

        Assert.Equal(beginnings, sentAgain.Where(CallPolicy.BeginsWork).Order());
        Assert.False(CallPolicy.BeginsWork("/grokforge.tokens.TokenLeasing/Settle"));
        Assert.False(CallPolicy.BeginsWork("/grokforge.tokens.TokenLeasing/Renew"));
    }

    private Task<ServiceUnderTest> UpstreamAsync(ChatRecord record) =>
        StartAsync("upstream", [], builder => builder.Services.AddSingleton(record), app => app.MapRpc<RecordingChat>(), rpc: true);

    private async Task<IUpstreamChat> GatewayAsync(params ServiceUnderTest[] upstreams) =>
        (await StartAsync("gateway", Replicas("upstream", upstreams), builder => builder.AddRemoteUpstreamChat(), _ => { }, rpc: false)).Services.GetRequiredService<IUpstreamChat>();

    private static Dictionary<string, string?> Replicas(string service, params ServiceUnderTest[] replicas) =>
        replicas.Select((replica, i) => KeyValuePair.Create($"services:{service}:grpc:{i}", (string?)replica.Rpc)).ToDictionary();

    private async Task<ServiceUnderTest> StartAsync(
        string service, Dictionary<string, string?> configuration, Action<WebApplicationBuilder> add, Action<WebApplication> map, bool rpc)
    {
        configuration["app:drain_seconds"] = "3600";
        var started = await ServiceUnderTest.StartAsync(service, configuration, add, map, rpc, Token);
        _services.Add(started);
        return started;
    }

    // Connections to the replicas come up one after the other; until then the first one answers alone.
    private static async Task UntilBothAnswerAsync(IUpstreamChat chat, ChatRecord first, ChatRecord second)
    {
        while (first.Calls == 0 || second.Calls == 0)
            await chat.ChatAsync(new ChatCall(), Token).ToListAsync(Token);
    }

    /// <summary>A chat that has begun on the replica and waits there.</summary>
    private static async Task<IAsyncEnumerator<ChatEvent>> RunningOnAsync(IUpstreamChat chat, ChatRecord replica)
    {
        var before = replica.Calls;
        while (true)
        {
            var events = chat.ChatAsync(new ChatCall(), Token).GetAsyncEnumerator(Token);
            Assert.True(await events.MoveNextAsync());
            if (replica.Calls > before)
                return events;
            await events.DisposeAsync();
        }
    }

    private sealed class ChatRecord
    {
        private int _calls;

        public int Calls => Volatile.Read(ref _calls);

        public bool Hold { get; set; }

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Count() => Interlocked.Increment(ref _calls);
    }

    private sealed class RecordingChat(ChatRecord record) : UpstreamChat.UpstreamChatBase
    {
        public override async Task Chat(ChatCall request, IServerStreamWriter<ChatEvent> responseStream, ServerCallContext context)
        {
            record.Count();
            await responseStream.WriteAsync(new ChatEvent { Text = ByteString.CopyFromUtf8("Hello") }, context.CancellationToken);
            if (record.Hold)
                await record.Release.Task.WaitAsync(context.CancellationToken);
            await responseStream.WriteAsync(new ChatEvent { Finished = new Finished { FinishReason = "stop" } }, context.CancellationToken);
        }
    }

    private sealed class PoolRecord
    {
        public List<string> Borrowed { get; } = [];

        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class RecordingPool(PoolRecord record) : TokenLeasing.TokenLeasingBase
    {
        public override async Task<BorrowReply> Borrow(BorrowRequest request, ServerCallContext context)
        {
            record.Borrowed.Add(request.BorrowId);
            record.Arrived.TrySetResult();
            await record.Release.Task.WaitAsync(context.CancellationToken);
            return new BorrowReply { Grant = new Grant { LeaseId = "lease" } };
        }

        public override Task<SettleReply> Settle(SettleRequest request, ServerCallContext context) => Task.FromResult(new SettleReply());

        public override Task<RenewReply> Renew(RenewRequest request, ServerCallContext context) => Task.FromResult(new RenewReply());
    }
}
