using System.Text;
using GrokForge.Contracts.Chat;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>What a chat conversation with an upstream promises, wherever the upstream service lives.</summary>
public abstract partial class UpstreamChatContract : UpstreamContract
{
    protected override IEnumerable<string> Secrets => ["tok-"];

    private async Task<IReadOnlyList<ChatEvent>> ChatAsync() => await ChatAsync(Call("Hi"));

    private static ChatCall Call(string text) => new()
    {
        RequestId = "req-1",
        Model = "grok-4.20-fast",
        Routes = { new Route { Provider = "grok_web", Pools = { "basic", "super", "heavy" }, Scope = "fast", UpstreamMode = "fast" } },
        Messages = { new Message { Role = "user", Parts = { new Part { Text = text } } } },
    };

    private static string Text(IEnumerable<ChatEvent> events) =>
        string.Concat(events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Text).Select(e => Encoding.UTF8.GetString(e.Text.Span)));
}

/// <summary>The contract inside one process.</summary>
public sealed class InProcessUpstreamChat : UpstreamChatContract
{
    protected override bool OverGrpc => false;
}

/// <summary>The contract over gRPC.</summary>
public sealed class UpstreamChatOverGrpc : UpstreamChatContract
{
    protected override bool OverGrpc => true;
}
