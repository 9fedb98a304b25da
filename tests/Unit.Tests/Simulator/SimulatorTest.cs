using System.Text.Json;
using GrokForge.Simulator;
using GrokForge.TestKit;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>A test with a simulated upstream of its own, and a plain client for it.</summary>
public abstract class SimulatorTest : IAsyncLifetime
{
    // A wait that can never end fails its test instead of the whole run.
    private readonly CancellationTokenSource watchdog = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private SimulatedUpstream upstream = null!;

    protected CancellationToken Token => watchdog.Token;

    protected HttpClient Client { get; private set; } = null!;

    protected SimulatedGrok Grok => upstream.Grok;

    protected Uri BaseAddress => upstream.BaseAddress;

    protected virtual TimeProvider Time => TimeProvider.System;

    public async ValueTask InitializeAsync()
    {
        watchdog.CancelAfter(TimeSpan.FromMinutes(2));
        upstream = await SimulatedUpstream.StartAsync(Time, Token);
        Client = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = upstream.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await upstream.DisposeAsync();
        watchdog.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<HttpResponseMessage> SendAsync(GrokCall call) => await Client.SendAsync(call.ToMessage(), HttpCompletionOption.ResponseHeadersRead, Token);

    private protected async Task<string> BodyOfAsync(GrokCall call)
    {
        using var response = await SendAsync(call);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private protected async Task<int> StatusOfAsync(GrokCall call)
    {
        using var response = await SendAsync(call);
        await response.Content.ReadAsByteArrayAsync(Token);
        return (int)response.StatusCode;
    }

    /// <summary>The tokens of an answer in lines, put together.</summary>
    private protected async Task<string> SaidAsync(GrokCall call) => SaidIn((await BodyOfAsync(call)).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private protected static string SaidIn(IEnumerable<string> objects) => string.Concat(objects.Select(TokenOf));

    private static string TokenOf(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return parsed.RootElement.GetProperty("result").TryGetProperty("response", out var response) && response.TryGetProperty("token", out var token) ? token.GetString()! : "";
    }
}
