using System.Threading.Channels;
using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>Tells the other processes which tokens changed status, pool or priority: many changes, few messages.</summary>
internal sealed partial class TokenStateAnnouncer(EventPublisher publisher, TimeProvider time, ILogger<TokenStateAnnouncer> logger) : BackgroundService
{
    private const int IdsPerMessage = 500;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(100);

    private readonly Channel<long> _changed =
        Channel.CreateBounded<long>(new BoundedChannelOptions(100_000) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>A settlement ended a token's time as an active one.</summary>
    public void SettledInto(long tokenId, TokenState state, string reason)
    {
        Log.StateChanged(logger, tokenId, state.Name(), reason);
        Changed(tokenId);
    }

    public void Changed(long tokenId) => _changed.Writer.TryWrite(tokenId);

    /// <summary>Hands over what is queued; the publisher, which stops later, has its own two seconds to send it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Announce();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _changed.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Gathering, time, stoppingToken);
            Announce();
        }
    }

    private void Announce()
    {
        var ids = new HashSet<long>();
        while (_changed.Reader.TryRead(out var id))
            ids.Add(id);
        foreach (var message in ids.Chunk(IdsPerMessage))
            publisher.Publish(new TokenStateChanged(message));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Token {TokenId} is now {Status}: {Reason}")]
        public static partial void StateChanged(ILogger logger, long tokenId, string status, string reason);
    }
}
