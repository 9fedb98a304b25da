using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Models;
using Grpc.Core;

namespace GrokForge.Gateway.Models;

/// <summary>What the official API offers, as it was last heard. Asked for in the background, and only while somebody looks.</summary>
internal sealed partial class OfferedModels(IUpstreamModels upstream, TimeProvider time, ILogger<OfferedModels> logger)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);

    // A list this old is not shown before it was asked for anew: the last key may be gone.
    private static readonly TimeSpan KnownFor = TimeSpan.FromMinutes(2);

    // Who looks first, or after a long while, would else see nothing or what is no more.
    private static readonly TimeSpan PatienceAtFirst = TimeSpan.FromSeconds(2);
    private static readonly ListUpstreamModelsRequest Request = new() { Provider = Pools.Xai };

    private readonly Lock _gate = new();
    private volatile IReadOnlyList<string> _names = [];
    private Task _asking = Task.CompletedTask;
    private DateTimeOffset _askedAt;
    private DateTimeOffset _knownAt = DateTimeOffset.MinValue;

    /// <summary>Names such as xai/grok-4, in order; none where no key could use them.</summary>
    public async ValueTask<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var (asking, isKnown) = AskIfStale();
        if (!isKnown)
            await asking.WaitAsync(PatienceAtFirst, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _names;
    }

    private (Task Asking, bool IsKnown) AskIfStale()
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            if (_asking.IsCompleted && now >= _askedAt + FreshFor)
            {
                _askedAt = now;
                _asking = AskAsync();
            }

            return (_asking, now - _knownAt < KnownFor);
        }
    }

    private async Task AskAsync()
    {
        try
        {
            // Nobody's request may end it: what is learnt is for all.
            var reply = await upstream.ListAsync(Request, CancellationToken.None);
            Keep([.. reply.Ids.Select(id => ApiModels.Prefix + id).Order(StringComparer.Ordinal)]);
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            Log.Unheard(logger, e);
        }
    }

    private void Keep(string[] names)
    {
        lock (_gate)
            (_names, _knownAt) = (names, time.GetUtcNow());
    }

    private static partial class Log
    {
        [LoggerMessage(4301, LogLevel.Debug, "The models of the official API could not be asked for; the last list stays.")]
        public static partial void Unheard(ILogger logger, Exception exception);
    }
}
