namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Holds the settings in force and swaps them as one reference.</summary>
public sealed class CurrentSettings(SettingsSnapshot initial)
{
    private SettingsSnapshot _current = initial;

    /// <summary>The settings in force now.</summary>
    public SettingsSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Raised after a swap, with the new snapshot. Handlers must be quick and must not throw.</summary>
    public event Action<SettingsSnapshot>? Changed;

    internal void Replace(SettingsSnapshot snapshot)
    {
        Volatile.Write(ref _current, snapshot);
        Changed?.Invoke(snapshot);
    }
}
