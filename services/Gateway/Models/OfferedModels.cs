using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Models;
using Grpc.Core;

namespace GrokForge.Gateway.Models;

/// <summary>What the official API offers, as it was last heard. Asked for in the background, and only while somebody looks.</summary>
internal sealed partial class OfferedModels(IUpstreamModels upstream, TimeProvider time, ILogger<OfferedModels> logger)
{
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);

    // Who looks first would else see nothing.
    private static readonly TimeSpan PatienceAtFirst = TimeSpan.FromSeconds(2);
    private static readonly ListUpstreamModelsRequest Request = new() { Provider = Pools.Xai };

    private readonly Lock _gate = new();
    private volatile IReadOnlyList<string> _names = [];
    private Task _asking = Task.CompletedTask;
    private DateTimeOffset _askedAt;
    private volatile bool _isKnown;

    /// <summary>Names such as xai/grok-4, in order; none where no key could use them.</summary>
    public async ValueTask<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        var asking = AskIfStale();
        if (!_isKnown)
            await asking.WaitAsync(PatienceAtFirst, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _names;
    }

    private Task AskIfStale()
    {
        lock (_gate)
        {
            if (_asking.IsCompleted && time.GetUtcNow() >= _askedAt + FreshFor)
            {
                _askedAt = time.GetUtcNow();
                _asking = AskAsync();
            }

            return _asking;
        }
    }

    private async Task AskAsync()
    {
        try
        {
            // Nobody's request may end it: what is learnt is for all.
            var reply = await upstream.ListAsync(Request, CancellationToken.None);
            _names = [.. reply.Ids.Select(id => ApiModels.Prefix + id).Order(StringComparer.Ordinal)];
            _isKnown = true;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            Log.Unheard(logger, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4301, LogLevel.Debug, "The models of the official API could not be asked for; the last list stays.")]
        public static partial void Unheard(ILogger logger, Exception exception);
    }
}
