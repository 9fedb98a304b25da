using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator;
using GrokForge.Simulator.Records;
using GrokForge.TestKit;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>The rig that the contracts of all routes share: a simulated upstream, a pool in a pocket, and the upstream service in this process or behind gRPC.</summary>
public abstract class UpstreamContract : IAsyncLifetime
{
    private UpstreamHome? _home;

    protected abstract bool OverGrpc { get; }

    private protected PocketTokenPool Pool { get; } = new(new PlainProtector());

    private protected ScriptedClearances Clearances { get; } = new();

    private protected SimulatedUpstream Simulator { get; private set; } = null!;

    private protected SimulatedGrok Grok => Simulator.Grok;

    protected RetryOptions Retry { get; set; } = new() { BackoffBaseSeconds = 0 };

    protected double IdleSeconds { get; set; } = 30;

    protected double WaitForSlotSeconds { get; set; } = 5;

    /// <summary>Where the upstream is thought to be; null: where the simulator is.</summary>
    protected Uri? Address { get; set; }

    /// <summary>What follows the simulator's address in the base of the official API.</summary>
    protected string BasePath { get; set; } = "";

    protected ProxyOptions Proxy { get; set; } = new();

    protected Task SettingsReady { get; set; } = Task.CompletedTask;

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What no failure's message may hold.</summary>
    protected abstract IEnumerable<string> Secrets { get; }

    public async ValueTask InitializeAsync() => Simulator = await SimulatedUpstream.StartAsync(Cancelled);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_home is not null)
            await _home.DisposeAsync();
        var violations = Grok.Violations;
        await Simulator.DisposeAsync();
        Assert.Empty(violations);
    }

    /// <summary>The tries that the last call told of.</summary>
    protected IReadOnlyList<Tried> Tries { get; private set; } = [];

    /// <summary>All events of a call but its tries. Whatever the scenario, exactly one closing event comes, and it is the last.</summary>
    protected async Task<IReadOnlyList<ChatEvent>> ChatAsync(ChatCall call)
    {
        List<ChatEvent> events = [];
        await foreach (var chatEvent in (await HomeAsync()).Chat.ChatAsync(call, Cancelled))
            events.Add(chatEvent);
        Tries = [.. events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Tried).Select(e => e.Tried)];
        events.RemoveAll(e => e.EventCase == ChatEvent.EventOneofCase.Tried);
        Assert.Equal(events.Count - 1, events.FindIndex(e => e.EventCase is ChatEvent.EventOneofCase.Finished or ChatEvent.EventOneofCase.Failed));
        return events;
    }

    private protected async Task<UpstreamHome> HomeAsync()
    {
        var address = (Address ?? Simulator.BaseAddress).ToString();
        var settings = new SettingsSnapshot
        {
            Upstream = new UpstreamOptions
            {
                WebBaseUrl = address,
                AssetsBaseUrl = address,
                XaiBaseUrl = address.TrimEnd('/') + BasePath,
                IdleTimeoutSeconds = IdleSeconds,
            },
            Retry = Retry,
            Proxy = Proxy,
            Token = new TokenOptions { WaitForSlotSeconds = WaitForSlotSeconds },
            OverridesVersion = 0,
        };
        return _home ??= await UpstreamHome.StartAsync(new CurrentSettings(settings) { Ready = SettingsReady }, Pool, Clearances, OverGrpc, Cancelled);
    }

    protected async Task<IReadOnlyList<LeaseOutcome>> SettledAsync(int count)
    {
        await Pool.UntilAsync(p => p.Open == 0 && p.Settlements.Count >= count, Cancelled);
        return Pool.Outcomes;
    }

    /// <summary>The clearance that a request was sent with, or empty.</summary>
    protected static string ClearanceOf(ReceivedRequest request) =>
        request.Headers["Cookie"].Single()!.Split("; ").FirstOrDefault(c => c.StartsWith("cf_clearance=", StringComparison.Ordinal))?["cf_clearance=".Length..] ?? "";

    protected Failed Failure(IReadOnlyList<ChatEvent> events)
    {
        Assert.Equal(ChatEvent.EventOneofCase.Failed, events[^1].EventCase);
        var failed = events[^1].Failed;
        Assert.All(["127.0.0.1", "http", .. Secrets], secret => Assert.DoesNotContain(secret, failed.Message, StringComparison.OrdinalIgnoreCase));
        return failed;
    }
}
