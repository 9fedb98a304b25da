using GrokForge.ServiceDefaults.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GrokForge.ServiceDefaults.Health;

/// <summary>Ends a process in order: readiness first, then the requests get their grace time, then everything else stops.</summary>
internal sealed partial class Drain : IHostedLifecycleService
{
    /// <summary>What settling, flushing and stopping may take after the last request.</summary>
    private static readonly TimeSpan WindingUp = TimeSpan.FromSeconds(15);

    /// <summary>Streams end themselves when the grace time is over; on a busy machine their last words take a moment, and a cut connection would swallow them.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    private readonly StopSignal _signal;
    private readonly RequestsInFlight _requests;
    private readonly CurrentSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<Drain> _logger;

    public Drain(DrainParts parts, IHostApplicationLifetime lifetime, IOptions<HostOptions> host, ReadinessReasons reasons, ILogger<Drain> logger)
    {
        (_signal, _requests, _settings, _time) = parts;
        _logger = logger;
        reasons.Add("drain", () => _signal.IsDraining ? Readiness.NotReady("The process is stopping.") : Readiness.Ready);
        // The host reads its limit after this callback, so a changed grace time counts.
        lifetime.ApplicationStopping.Register(() =>
        {
            host.Value.ShutdownTimeout = Grace + WindingUp;
            _signal.BeginDrain();
        });
    }

    private TimeSpan Grace => TimeSpan.FromSeconds(_settings.Current.App.DrainSeconds);

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (_requests.Count > 0)
            Log.Waiting(_logger, _requests.Count, Grace.TotalSeconds);
        using var grace = new CancellationTokenSource(Grace + LastWords, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(grace.Token, cancellationToken);
        try
        {
            await _requests.WhenEmptyAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Log.Cut(_logger, _requests.Abort());
        }
        _signal.EndDrain();
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Stopping: {Count} requests are at work and get {Seconds} seconds.")]
        public static partial void Waiting(ILogger logger, int count, double seconds);

        [LoggerMessage(2, LogLevel.Warning, "The grace time is over: {Count} requests were cut.")]
        public static partial void Cut(ILogger logger, int count);
    }
}

/// <summary>What a drain works with.</summary>
internal sealed record DrainParts(StopSignal Signal, RequestsInFlight Requests, CurrentSettings Settings, TimeProvider Time);
