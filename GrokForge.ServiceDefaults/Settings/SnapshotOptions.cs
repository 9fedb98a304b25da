using Microsoft.Extensions.Options;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Shows one table of the settings in force to libraries that ask for options.</summary>
internal sealed class SnapshotOptions<TOptions>(CurrentSettings settings, Func<SettingsSnapshot, TOptions> table) : IOptionsMonitor<TOptions>, IOptions<TOptions>
    where TOptions : class
{
    public TOptions CurrentValue => table(settings.Current);

    public TOptions Value => CurrentValue;

    public TOptions Get(string? name) => CurrentValue;

    public IDisposable OnChange(Action<TOptions, string?> listener)
    {
        settings.Changed += Tell;
        return new Subscription(() => settings.Changed -= Tell);

        void Tell(SettingsSnapshot snapshot) => listener(table(snapshot), Options.DefaultName);
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
