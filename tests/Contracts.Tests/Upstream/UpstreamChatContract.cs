using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator;
using GrokForge.TestKit;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>What a chat conversation with an upstream promises, wherever the upstream service lives.</summary>
public abstract partial class UpstreamChatContract : IAsyncLifetime
{
    private SimulatedUpstream _simulator = null!;
    private UpstreamHome? _home;

    protected abstract bool OverGrpc { get; }

    private PocketTokenPool Pool { get; } = new(new PlainProtector());

    private RetryOptions Retry { get; set; } = new() { BackoffBaseSeconds = 0 };

    private double IdleSeconds { get; set; } = 30;

    private double WaitForSlotSeconds { get; set; } = 5;

    private Task SettingsReady { get; set; } = Task.CompletedTask;

    private SimulatedGrok Grok => _simulator.Grok;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _simulator = await SimulatedUpstream.StartAsync(Cancelled);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_home is not null)
            await _home.DisposeAsync();
        var violations = Grok.Violations;
        await _simulator.DisposeAsync();
        Assert.Empty(violations);
    }

    /// <summary>All events of a call. Whatever the scenario, exactly one closing event comes, and it is the last.</summary>
    private async Task<IReadOnlyList<ChatEvent>> ChatAsync(ChatCall call)
    {
        List<ChatEvent> events = [];
        await foreach (var chatEvent in (await HomeAsync()).Chat.ChatAsync(call, Cancelled))
            events.Add(chatEvent);
        Assert.Equal(events.Count - 1, events.FindIndex(e => e.EventCase is ChatEvent.EventOneofCase.Finished or ChatEvent.EventOneofCase.Failed));
        return events;
    }

    private async Task<IReadOnlyList<ChatEvent>> ChatAsync() => await ChatAsync(Call("Hi"));

    private async Task<UpstreamHome> HomeAsync()
    {
        var settings = new SettingsSnapshot
        {
            Upstream = new UpstreamOptions
            {
                WebBaseUrl = _simulator.BaseAddress.ToString(),
                AssetsBaseUrl = _simulator.BaseAddress.ToString(),
                IdleTimeoutSeconds = IdleSeconds,
            },
            Retry = Retry,
            Token = new TokenOptions { WaitForSlotSeconds = WaitForSlotSeconds },
            OverridesVersion = 0,
        };
        return _home ??= await UpstreamHome.StartAsync(new CurrentSettings(settings) { Ready = SettingsReady }, Pool, OverGrpc, Cancelled);
    }

    private async Task<IReadOnlyList<LeaseOutcome>> SettledAsync(int count)
    {
        await Pool.UntilAsync(p => p.Open == 0 && p.Settlements.Count >= count, Cancelled);
        return Pool.Outcomes;
    }

    private static ChatCall Call(string text) => new()
    {
        RequestId = "req-1",
        Model = "grok-4.20-fast",
        Routes = { new Route { Provider = "grok_web", Pools = { "basic", "super", "heavy" }, Scope = "fast", UpstreamMode = "fast" } },
        Messages = { new Message { Role = "user", Parts = { new Part { Text = text } } } },
    };

    private static string Text(IEnumerable<ChatEvent> events) =>
        string.Concat(events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Text).Select(e => Encoding.UTF8.GetString(e.Text.Span)));

    private static Failed Failure(IReadOnlyList<ChatEvent> events)
    {
        Assert.Equal(ChatEvent.EventOneofCase.Failed, events[^1].EventCase);
        var failed = events[^1].Failed;
        Assert.DoesNotContain("127.0.0.1", failed.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("http", failed.Message, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("tok-", failed.Message, StringComparison.Ordinal);
        return failed;
    }
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
