using System.Net;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Rim;

/// <summary>Keeps an address from trying passwords after <c>app.admin_max_fails</c> wrong passwords within <c>app.admin_window_sec</c>, until the window ends.</summary>
internal sealed class LockOut(CurrentSettings settings, TimeProvider time)
{
    private const int MostAddresses = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Failures> _failures = [];

    /// <summary>How long the address is locked out; null: it is not.</summary>
    public TimeSpan? Remaining(IPAddress address)
    {
        var (most, window) = Limits();
        if (most <= 0)
            return null;

        lock (_gate)
        {
            if (!_failures.TryGetValue(KeyOf(address), out var failures) || failures.Count < most)
                return null;

            var elapsed = time.GetElapsedTime(failures.Since);
            return elapsed < window ? window - elapsed : null;
        }
    }

    public void CountFailure(IPAddress address)
    {
        var (most, window) = Limits();
        if (most <= 0)
            return;

        lock (_gate)
        {
            if (_failures.Count >= MostAddresses)
                ForgetEnded(window);

            var key = KeyOf(address);
            _failures[key] = _failures.TryGetValue(key, out var failures) && time.GetElapsedTime(failures.Since) < window
                ? failures with { Count = failures.Count + 1 }
                : new Failures(time.GetTimestamp(), 1);
        }
    }

    private void ForgetEnded(TimeSpan window)
    {
        foreach (var (address, failures) in _failures)
        {
            if (time.GetElapsedTime(failures.Since) >= window)
                _failures.Remove(address);
        }
    }

    // When even that leaves no room, the newcomers share one count: a flood of addresses must neither fill the memory nor get free guesses.
    private IPAddress KeyOf(IPAddress address) => _failures.Count < MostAddresses || _failures.ContainsKey(address) ? address : IPAddress.None;

    private (int Most, TimeSpan Window) Limits()
    {
        var app = settings.Current.App;
        return (app.AdminMaxFails, TimeSpan.FromSeconds(app.AdminWindowSeconds));
    }

    private readonly record struct Failures(long Since, int Count);
}
