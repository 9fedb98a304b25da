using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>
/// Shows tokens by pool and status, and leases in flight by pool, in the metrics. Read now and then from database and ledger, so every replica shows the same
/// figures for all of them.
/// </summary>
internal sealed class PoolGauges : BackgroundService
{
    private const int BatchSize = 200;
    private const int MaxUsedTokens = 10_000;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    // No lease lives this long without its token being used again or its request being over its limits.
    private static readonly TimeSpan InUse = TimeSpan.FromMinutes(15);

    private readonly StoreReader _stores;
    private readonly TokenTotals _totals;
    private readonly ILedger _ledger;
    private readonly PoolWatch _watch;
    private readonly TimeProvider _time;
    private readonly Meter _meter;
    private Measurement<long>[] _tokens = [];
    private Measurement<long>[] _inFlight = [];

    public PoolGauges(StoreReader stores, TokenTotals totals, ILedger ledger, PoolWatch watch, TimeProvider time)
    {
        (_stores, _totals, _ledger, _watch, _time) = (stores, totals, ledger, watch, time);
        // Of its own, so that a stopped host leaves nothing behind in the process's one meter.
        _meter = new Meter(GrokForgeTelemetry.Name);
        _meter.CreateObservableGauge("grokforge.tokens", () => _tokens, "{token}", "Stored tokens, by pool and status.");
        _meter.CreateObservableGauge("grokforge.leases.in_flight", () => _inFlight, "{lease}", "Leases that have not ended, by pool.");
    }

    /// <summary>Reads the figures anew.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var groups = await _totals.ReadAsync(cancellationToken);
        _watch.DatabaseAnswered();
        _tokens =
        [
            .. groups.Select(g => new Measurement<long>(
                g.Count, new("pool", g.Pool), new("status", g.Exhausted ? TokenStateNames.Exhausted : g.Status.Name()))),
        ];

        var since = (_time.GetUtcNow() - InUse).ToUnixTimeMilliseconds();
        var used = await _stores.ReadAsync(
            $"SELECT id FROM {_stores.Table(TokenStore.Schema, TokenStore.Table)} WHERE last_used > @since ORDER BY last_used DESC LIMIT @most",
            [("since", since), ("most", MaxUsedTokens)], static row => row.BigNumber(0), cancellationToken);
        var byPool = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var ids in used.Chunk(BatchSize))
        {
            foreach (var token in await _ledger.ReadAsync(ids, cancellationToken))
                byPool[token.Pool] = byPool.GetValueOrDefault(token.Pool) + token.Inflight;
        }
        _inFlight = [.. byPool.Select(p => new Measurement<long>(p.Value, new KeyValuePair<string, object?>("pool", p.Key)))];
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await _watch.TryAsync(ReadAsync, stoppingToken);
    }
}
