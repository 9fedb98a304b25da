using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Telemetry;

namespace GrokForge.Upstream.Chat;

/// <summary>Keeps one breaker per upstream. Another address, or other settings of breakers, begin a new one.</summary>
internal sealed class UpstreamBreakers
{
    private readonly ConcurrentDictionary<string, Kept> _kept = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly ILogger<UpstreamBreakers> _log;

    public UpstreamBreakers(TimeProvider time, ILogger<UpstreamBreakers> log)
    {
        (_time, _log) = (time, log);
        GrokForgeTelemetry.Meter.CreateObservableGauge(
            "grokforge.upstream.breaker_open", () => _kept.Select(k => new Measurement<int>(k.Value.Breaker.IsOpen ? 1 : 0, new KeyValuePair<string, object?>("provider", k.Key))),
            description: "1 where an upstream fails as a whole and is left alone or probed, by provider.");
    }

    /// <summary>The breaker of a provider's upstream; null: retry.breaker_failure_ratio is 0.</summary>
    public UpstreamBreaker? For(IChatProvider provider, SettingsSnapshot settings)
    {
        if (settings.Retry.BreakerFailureRatio <= 0)
            return null;
        var address = provider.AddressOf(settings);
        if (_kept.TryGetValue(provider.Name, out var kept) && kept.Fits(address, settings.Retry))
            return kept.Breaker;
        kept = _kept.AddOrUpdate(
            provider.Name,
            static (name, asked) => asked.Self.Begin(name, asked.address, asked.Retry),
            static (name, known, asked) => known.Fits(asked.address, asked.Retry) ? known : asked.Self.Begin(name, asked.address, asked.Retry),
            (Self: this, address, settings.Retry));
        return kept.Breaker;
    }

    private Kept Begin(string name, string address, RetryOptions options) => new(address, options, new UpstreamBreaker(name, options, _time, _log));

    private sealed record Kept(string Address, RetryOptions Options, UpstreamBreaker Breaker)
    {
        public bool Fits(string address, RetryOptions options) => address == Address && (ReferenceEquals(options, Options)
            || (options.BreakerFailureRatio, options.BreakerMinTries, options.BreakerWindow, options.BreakerPause)
            == (Options.BreakerFailureRatio, Options.BreakerMinTries, Options.BreakerWindow, Options.BreakerPause));
    }
}
