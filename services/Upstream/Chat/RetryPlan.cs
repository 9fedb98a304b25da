using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>One request's patience: which further tries are allowed, and after what pause.</summary>
internal sealed class RetryPlan(SettingsSnapshot settings, TimeProvider time)
{
    private static readonly Counter<long> Retries = GrokForgeTelemetry.Meter.CreateCounter<long>(
        "grokforge.upstream.retries", description: "Tries that were not their request's first, by provider and reason: the outcome of the try before, Corrected or Hedged.");
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private readonly long _started = time.GetTimestamp();
    private long _retriesSince = time.GetTimestamp();
    private long _tryBegins = time.GetTimestamp();
    private int _unavailable;
    private bool _freshConnectionsTried;

    /// <summary>Upstream requests made so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>Why the last try failed; null before the first failure.</summary>
    public Refusal? LastRefusal { get; private set; }

    /// <summary>Whether no further try is allowed, on any token.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether no further try is allowed on the route at hand.</summary>
    public bool IsRouteOver { get; private set; }

    /// <summary>The pause before each try on one token. Ends when the token or the request's patience is used up; <see cref="Refused"/> must be called in between.</summary>
    public IEnumerable<TimeSpan> PausesOnToken()
    {
        var triesLeft = settings.Retry.PerTokenRetries;
        while (triesLeft > 0)
        {
            var pause = NextPause();
            IsOver = IsOver || !Fits(pause);
            if (IsOver)
                yield break;

            triesLeft--;
            Attempts++;
            _tryBegins = time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
            yield return pause;

            switch (LastRefusal?.Next)
            {
                case NextStep.NextToken or NextStep.NextRoute or NextStep.GiveUp:
                    yield break;
                case NextStep.FreshConnections when _freshConnectionsTried && (triesLeft == 0 || !settings.Proxy.HasSolver):
                    IsOver = true;
                    yield break;
                case NextStep.FreshConnections when !_freshConnectionsTried:
                    // Each further try costs the egress a challenge, which only a new clearance can spare it.
                    _freshConnectionsTried = true;
                    triesLeft = settings.Proxy.HasSolver ? Math.Max(1, triesLeft) : 1;
                    break;
            }
        }
    }

    public void Refused(Refusal refusal)
    {
        LastRefusal = refusal;
        if (refusal.Next == NextStep.SameToken)
            _unavailable++;
        IsOver |= refusal.Next == NextStep.GiveUp;
        IsRouteOver |= refusal.Next == NextStep.NextRoute;
    }

    /// <summary>A try that begins now.</summary>
    /// <param name="races">Whether it may be ended for another's sake.</param>
    public Attempt BeginTry(Lease lease, bool races, CancellationToken cancellationToken)
    {
        if (Attempts > 1)
            Count(lease, LastRefusal?.Outcome.ToString() ?? "Corrected");
        return new Attempt(lease, this, time, races, cancellationToken);
    }

    /// <summary>One more try, beside the one that is late.</summary>
    public Attempt BeginHedge(Lease lease, CancellationToken cancellationToken)
    {
        Attempts++;
        Count(lease, "Hedged");
        return new Attempt(lease, this, time, races: true, cancellationToken);
    }

    /// <summary>Awaits a try's first word as long as none is asked for beside it. False: it came in time, or it is too late for any other try.</summary>
    public async Task<bool> IsLateAsync(Task told, CancellationToken cancellationToken)
    {
        await told.WaitAsync(settings.Retry.HedgeAfter, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return !told.IsCompleted && Fits(TimeSpan.Zero);
    }

    /// <summary>The answer to the last try is to be corrected. Its own time is no part of what retries may take, the tries before it are. The request's time goes on.</summary>
    public void BeginCorrection()
    {
        LastRefusal = null;
        _unavailable = 0;
        _retriesSince += Math.Max(0, time.GetTimestamp() - _tryBegins);
    }

    public void BeginRoute() => IsRouteOver = false;

    public void GiveUp() => IsOver = true;

    /// <summary>The clocks of the try that begins now.</summary>
    public TryLimits LimitsOfTry(CancellationToken cancellationToken)
    {
        var left = settings.RequestTimeout - Elapsed;
        var firstByte = left < settings.Retry.FirstByteTimeout ? left : settings.Retry.FirstByteTimeout;
        return new TryLimits(firstByte > Shortest ? firstByte : Shortest, settings.Upstream.IdleTimeout, time, cancellationToken);
    }

    private TimeSpan Elapsed => time.GetElapsedTime(_started);

    private static void Count(Lease lease, string reason) => Retries.Add(1, new("provider", lease.Route.Provider), new("reason", reason));

    private TimeSpan NextPause()
    {
        if (LastRefusal?.Next != NextStep.SameToken)
            return TimeSpan.Zero;

        var retry = settings.Retry;
        var seconds = Math.Min(retry.BackoffBaseSeconds * Math.Pow(retry.BackoffFactor, _unavailable - 1), retry.BackoffMaxSeconds);
        var (shortest, longest) = (seconds * 0.75, Math.Min(seconds * 1.25, retry.BackoffMaxSeconds));
        return TimeSpan.FromSeconds(shortest + Random.Shared.NextDouble() * (longest - shortest));
    }

    private bool Fits(TimeSpan pause)
    {
        if (Attempts == 0)
            return true;

        return Elapsed + pause < settings.RequestTimeout && time.GetElapsedTime(_retriesSince) + pause <= settings.Retry.Budget;
    }
}
