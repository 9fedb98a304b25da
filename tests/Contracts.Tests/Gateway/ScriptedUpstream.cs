using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Quotas;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>An upstream that says what a test tells it, when the test tells it.</summary>
internal sealed class ScriptedUpstream : IUpstreamChat, IUpstreamModels
{
    /// <summary>What the official API offers.</summary>
    public List<string> Offers { get; } = [];

    public Task<ListUpstreamModelsReply> ListAsync(ListUpstreamModelsRequest request, CancellationToken cancellationToken) =>
        Task.FromResult(new ListUpstreamModelsReply { Ids = { Offers } });

    private Func<ChatCall, CancellationToken, IAsyncEnumerable<ChatEvent>> _script = (_, _) => Said();

    /// <summary>The calls that arrived, in order.</summary>
    public Channel<ChatCall> Calls { get; } = Channel.CreateUnbounded<ChatCall>();

    /// <summary>Completes when a call was cancelled.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Calls running now.</summary>
    public int Running => Volatile.Read(ref _running);

    private int _running;

    /// <summary>Every call is answered with these events.</summary>
    public void Says(params ChatEvent[] events) => _script = (_, _) => Said(events);

    public void Does(Func<ChatCall, CancellationToken, IAsyncEnumerable<ChatEvent>> script) => _script = script;

    /// <summary>Every call gives what the returned channel is given, until that is completed.</summary>
    public Channel<ChatEvent> SaysLive()
    {
        var live = Channel.CreateUnbounded<ChatEvent>();
        _script = (_, cancellationToken) => live.Reader.ReadAllAsync(cancellationToken);
        return live;
    }

    public async IAsyncEnumerable<ChatEvent> ChatAsync(ChatCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Calls.Writer.TryWrite(call);
        Interlocked.Increment(ref _running);
        try
        {
            await foreach (var chatEvent in _script(call, cancellationToken).WithCancellation(cancellationToken))
                yield return chatEvent;
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            if (cancellationToken.IsCancellationRequested)
                Cancelled.TrySetResult();
        }
    }

    public static ChatEvent Text(string text) => new() { Text = ByteString.CopyFromUtf8(text) };

    public static ChatEvent Reasoning(string text) => new() { Reasoning = ByteString.CopyFromUtf8(text) };

    public static ChatEvent Served(long tokenId = 7) => new() { Served = new Served { Route = "grok_web", TokenId = tokenId, Pool = "basic", Attempts = 1 } };

    public static ChatEvent Finished(string reason = "stop") => new() { Finished = new Finished { FinishReason = reason } };

    public static ChatEvent Failed(Failed.Types.Kind kind, int status, string code, string message, double retryAfter = 0) =>
        new() { Failed = new Failed { Kind = kind, HttpStatus = status, Code = code, Message = message, RetryAfterSeconds = retryAfter, Attempts = 2, TokenId = 9, Pool = "basic" } };

    private static async IAsyncEnumerable<ChatEvent> Said(params ChatEvent[] events)
    {
        foreach (var chatEvent in events)
        {
            await Task.Yield();
            yield return chatEvent;
        }
    }
}
