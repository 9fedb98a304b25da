using GrokForge.Contracts.Events;
using MassTransit;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Reads the saved overrides as soon as the gateway says that they changed.</summary>
internal sealed class SettingsChangedConsumer(OverridesLoader loader) : IConsumer<SettingsChanged>
{
    public Task Consume(ConsumeContext<SettingsChanged> context) => loader.ReadAsync(context.CancellationToken);
}
