using System.Threading.Channels;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.Contracts.Tests.Bus;

/// <summary>An event that every replica hears.</summary>
public sealed record Ping(string Text);

/// <summary>A task that one replica does.</summary>
public sealed record Chore(int Number);

/// <summary>What one replica heard.</summary>
internal sealed class Heard
{
    public Channel<(string Text, string? RequestId)> Pings { get; } = Channel.CreateUnbounded<(string, string?)>();

    public Channel<int> Chores { get; } = Channel.CreateUnbounded<int>();
}

internal sealed class PingConsumer(Heard heard) : IEventConsumer<Ping>
{
    public Task ConsumeAsync(Ping message, CancellationToken cancellationToken) =>
        heard.Pings.Writer.WriteAsync((message.Text, ServiceDefaults.Telemetry.RequestId.Current), cancellationToken).AsTask();
}

internal sealed class ChoreConsumer(Heard heard) : IEventConsumer<Chore>
{
    public Task ConsumeAsync(Chore message, CancellationToken cancellationToken) => heard.Chores.Writer.WriteAsync(message.Number, cancellationToken).AsTask();
}
