using System.Collections.Concurrent;
using GrokForge.Contracts.Tokens;
using Grpc.Core;

namespace GrokForge.Upstream.Leases;

/// <summary>Keeps all leases of this process alive: one batched renewal every 20 s, whatever their streams do. A failed one cuts nothing.</summary>
internal sealed partial class LeaseRenewer(ITokenLeasing pool, TimeProvider time, ILogger<LeaseRenewer> log) : BackgroundService
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Lease> _live = new(StringComparer.Ordinal);

    public void Track(Lease lease)
    {
        lease.ExpiresAt = time.GetUtcNow() + lease.Ttl;
        _live[lease.Id] = lease;
    }

    public void Forget(Lease lease) => _live.TryRemove(lease.Id, out _);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await RenewAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var leases = _live.Values.ToArray();
        if (leases.Length == 0)
            return;

        try
        {
            var request = new RenewRequest();
            request.LeaseIds.Add(leases.Select(l => l.Id));
            var asked = time.GetUtcNow();
            var reply = await pool.RenewAsync(request, cancellationToken);
            var lost = reply.Lost.ToHashSet(StringComparer.Ordinal);
            foreach (var lease in leases)
            {
                if (!lost.Contains(lease.Id))
                    lease.ExpiresAt = asked + lease.Ttl;
                else if (_live.TryRemove(lease.Id, out _))
                    Log.Lost(log, lease.Id, lease.TokenId);
            }
        }
        catch (Exception e) when (e is RpcException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Log.RenewFailed(log, leases.Length, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Lease {LeaseId} of token {TokenId} was lost; its stream goes on.")]
        public static partial void Lost(ILogger logger, string leaseId, long tokenId);

        [LoggerMessage(LogLevel.Warning, "{Count} leases could not be renewed; they are asked for again in 20 s.")]
        public static partial void RenewFailed(ILogger logger, int count, Exception exception);
    }
}
