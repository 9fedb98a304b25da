using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Calls;

public sealed class ChatCallTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chat_with_thirty_one_mebibytes_of_pictures_gets_through()
    {
        await using var upstream = await UpstreamAsync(new ChatScript());
        await using var gateway = await GatewayAsync(upstream);
        var call = new ChatCall { OpenaiBody = UnsafeByteOperations.UnsafeWrap(new byte[31 * 1024 * 1024]) };

        var events = await gateway.Services.GetRequiredService<IUpstreamChat>().ChatAsync(call, Token).ToListAsync(Token);

        Assert.Equal($"{31 * 1024 * 1024}", events[0].Text.ToStringUtf8());
    }

    [Fact]
    public async Task A_chat_that_no_replica_began_to_answer_is_tried_once_more()
    {
        var script = new ChatScript { FailuresBeforeFirstEvent = 1 };
        await using var upstream = await UpstreamAsync(script);
        await using var gateway = await GatewayAsync(upstream);

        var events = await gateway.Services.GetRequiredService<IUpstreamChat>().ChatAsync(new ChatCall(), Token).ToListAsync(Token);

        Assert.Equal(2, script.Calls);
        Assert.Equal(ChatEvent.EventOneofCase.Finished, events[^1].EventCase);
    }

    [Fact]
    public async Task A_chat_that_fails_twice_before_its_first_event_fails()
    {
        var script = new ChatScript { FailuresBeforeFirstEvent = 2 };
        await using var upstream = await UpstreamAsync(script);
        await using var gateway = await GatewayAsync(upstream);

        var failed = await Assert.ThrowsAsync<RpcException>(async () => await gateway.Services.GetRequiredService<IUpstreamChat>().ChatAsync(new ChatCall(), Token).ToListAsync(Token));

        Assert.Equal(StatusCode.Unavailable, failed.StatusCode);
        Assert.Equal(2, script.Calls);
    }

    [Fact]
    public async Task A_chat_that_breaks_after_its_first_event_is_not_tried_again()
    {
        var script = new ChatScript { BreaksAfterFirstEvent = true };
        await using var upstream = await UpstreamAsync(script);
        await using var gateway = await GatewayAsync(upstream);
        await using var events = gateway.Services.GetRequiredService<IUpstreamChat>().ChatAsync(new ChatCall(), Token).GetAsyncEnumerator(Token);

        Assert.True(await events.MoveNextAsync());
        await Assert.ThrowsAsync<RpcException>(async () => await events.MoveNextAsync());

        Assert.Equal(1, script.Calls);
    }

    [Fact]
    public async Task Giving_up_the_enumeration_cancels_the_upstream()
    {
        var script = new ChatScript { StaysOpen = true };
        await using var upstream = await UpstreamAsync(script);
        await using var gateway = await GatewayAsync(upstream);

        await foreach (var _ in gateway.Services.GetRequiredService<IUpstreamChat>().ChatAsync(new ChatCall(), Token))
            break;

        await script.Cancelled.Task.WaitAsync(Token);
    }

    private static Task<ServiceUnderTest> UpstreamAsync(ChatScript script) =>
        ServiceUnderTest.StartAsync("upstream", new Dictionary<string, string?>(), builder => builder.Services.AddSingleton(script), app => app.MapRpc<ScriptedChat>(), rpc: true, Token);

    private static Task<ServiceUnderTest> GatewayAsync(ServiceUnderTest upstream) => ServiceUnderTest.StartAsync(
        "gateway", new Dictionary<string, string?> { ["services:upstream:grpc:0"] = upstream.Rpc }, builder => builder.AddRemoteUpstreamChat(), _ => { }, rpc: false, Token);

    private sealed class ChatScript
    {
        private int _calls;

        public int FailuresBeforeFirstEvent { get; init; }

        public bool BreaksAfterFirstEvent { get; init; }

        public bool StaysOpen { get; init; }

        public int Calls => _calls;

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count() => Interlocked.Increment(ref _calls);
    }

    private sealed class ScriptedChat(ChatScript script) : UpstreamChat.UpstreamChatBase
    {
        public override async Task Chat(ChatCall request, IServerStreamWriter<ChatEvent> responseStream, ServerCallContext context)
        {
            if (script.Count() <= script.FailuresBeforeFirstEvent)
                throw new RpcException(new Status(StatusCode.Unavailable, "going away"));

            await responseStream.WriteAsync(new ChatEvent { Text = ByteString.CopyFromUtf8($"{request.OpenaiBody.Length}") }, context.CancellationToken);
            if (script.BreaksAfterFirstEvent)
                throw new RpcException(new Status(StatusCode.Unavailable, "broken"));
            if (script.StaysOpen)
            {
                context.CancellationToken.Register(() => script.Cancelled.TrySetResult());
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            await responseStream.WriteAsync(new ChatEvent { Finished = new Finished { FinishReason = "stop" } }, context.CancellationToken);
        }
    }
}
