using System.Threading.Channels;
using MassTransit;

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

internal sealed class PingConsumer(Heard heard) : IConsumer<Ping>
{
    public Task Consume(ConsumeContext<Ping> context) =>
        heard.Pings.Writer.WriteAsync((context.Message.Text, ServiceDefaults.Telemetry.RequestId.Current), context.CancellationToken).AsTask();
}

internal sealed class ChoreConsumer(Heard heard) : IConsumer<Chore>
{
    public Task Consume(ConsumeContext<Chore> context) => heard.Chores.Writer.WriteAsync(context.Message.Number, context.CancellationToken).AsTask();
}
