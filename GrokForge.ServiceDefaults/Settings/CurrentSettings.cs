namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Holds the settings in force and swaps them as one reference.</summary>
public sealed class CurrentSettings(SettingsSnapshot initial)
{
    private SettingsSnapshot _current = initial;

    /// <summary>The settings in force now.</summary>
    public SettingsSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Raised after a swap, with the new snapshot. Handlers must be quick and must not throw.</summary>
    public event Action<SettingsSnapshot>? Changed;

    /// <summary>Completes when the overrides saved in the database are part of the settings. Before that nothing may be sent upstream: it could bypass the operator's proxy.</summary>
    public Task Ready { get; internal set; } = Task.CompletedTask;

    /// <summary>Waits for <see cref="Ready"/>; false when the patience is over.</summary>
    public async ValueTask<bool> IsReadyWithinAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Ready.IsCompletedSuccessfully)
            return true;

        try
        {
            await Ready.WaitAsync(patience, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    internal void Replace(SettingsSnapshot snapshot)
    {
        Volatile.Write(ref _current, snapshot);
        Changed?.Invoke(snapshot);
    }
}
