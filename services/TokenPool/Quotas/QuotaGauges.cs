using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Shows the units of active tokens by pool and mode in the metrics: summed up by the database once a minute, so that 100,000 tokens cost no one else time.</summary>
internal sealed class QuotaGauges : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly StoreReader _stores;
    private readonly CurrentCatalog _catalog;
    private readonly PoolWatch _watch;
    private readonly TimeProvider _time;
    private readonly string _sql;
    private readonly Meter _meter;
    private QuotaTotal[] _totals = [];

    public QuotaGauges(StoreReader stores, Database database, CurrentCatalog catalog, PoolWatch watch, TimeProvider time)
    {
        (_stores, _catalog, _watch, _time) = (stores, catalog, watch, time);
        var table = stores.Table(TokenStore.Schema, TokenStore.Table);
        _sql = database.Kind == DatabaseKind.Postgres
            ? $"SELECT t.pool, q.key, SUM((q.value->>'left')::bigint)::bigint, SUM((q.value->>'limit')::bigint)::bigint FROM {table} t, json_each(t.quotas::json) q WHERE t.status = 'active' GROUP BY t.pool, q.key"
            : $"SELECT t.pool, q.key, SUM(q.value->>'left'), SUM(q.value->>'limit') FROM {table} t, json_each(t.quotas) q WHERE t.status = 'active' GROUP BY t.pool, q.key";
        // Of its own, so that a stopped host leaves nothing behind in the process's one meter.
        _meter = new Meter(GrokForgeTelemetry.Name);
        _meter.CreateObservableGauge("grokforge.quota.remaining", () => Measure(t => t.Remaining), "{unit}", "Units left of active tokens, by pool and mode.");
        _meter.CreateObservableGauge("grokforge.quota.limit", () => Measure(t => t.Limit), "{unit}", "Units of full windows of active tokens, by pool and mode.");
    }

    /// <summary>Reads the sums anew. Modes are the catalog's, whatever rows hold.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var totals = await _stores.ReadAsync(_sql, [], static row => new QuotaTotal(row.Text(0), row.Text(1), row.BigNumber(2), row.BigNumber(3)), cancellationToken);
        _watch.DatabaseAnswered();
        _totals = [.. totals.Where(t => _catalog.Current.FindMode(t.Mode) is not null)];
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, _time);
        do
        {
            await _watch.TryAsync(ReadAsync, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Measurement<long>> Measure(Func<QuotaTotal, long> of) => _totals.Select(t => new Measurement<long>(of(t), new("pool", t.Pool), new("mode", t.Mode)));

    private sealed record QuotaTotal(string Pool, string Mode, long Remaining, long Limit);
}
