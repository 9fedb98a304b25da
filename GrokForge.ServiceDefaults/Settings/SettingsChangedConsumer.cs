using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Reads the saved overrides as soon as the gateway says that they changed.</summary>
internal sealed class SettingsChangedConsumer(OverridesLoader loader) : IEventConsumer<SettingsChanged>
{
    public Task ConsumeAsync(SettingsChanged message, CancellationToken cancellationToken) => loader.ReadAsync(cancellationToken);
}
