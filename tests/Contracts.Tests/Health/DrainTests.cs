using System.Net;
using GrokForge.ServiceDefaults.Health;
using GrokForge.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Health;

public sealed class DrainTests
{
    private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_in_flight_ends_in_peace_while_readiness_says_no()
    {
        await using var service = await StartAsync(drainSeconds: 60);
        using var client = new HttpClient { BaseAddress = service.Http };
        using var stream = await client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead, Token);
        var signal = service.Services.GetRequiredService<StopSignal>();

        var stopping = service.StopAsync(Token);
        await signal.Draining.UntilCancelledAsync(Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", Token)).StatusCode);
        Assert.False(stopping.IsCompleted);
        Assert.False(signal.StoppingPlusFive.IsCancellationRequested);
        _finish.SetResult();
        Assert.Equal("begin end", await stream.Content.ReadAsStringAsync(Token));
        await stopping;
    }

    [Fact]
    public async Task A_stream_that_outlives_its_grace_time_is_cut()
    {
        await using var service = await StartAsync(drainSeconds: 0.2);
        using var client = new HttpClient { BaseAddress = service.Http };
        using var stream = await client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead, Token);

        await service.StopAsync(Token);

        await _aborted.Task.WaitAsync(Token);
        await Assert.ThrowsAnyAsync<Exception>(() => stream.Content.ReadAsStringAsync(Token));
        await service.Services.GetRequiredService<StopSignal>().StoppingPlusFive.UntilCancelledAsync(Token);
    }

    [Fact]
    public async Task A_process_without_requests_stops_at_once()
    {
        await using var service = await StartAsync(drainSeconds: 3600);

        await service.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    private Task<ServiceUnderTest> StartAsync(double drainSeconds) => ServiceUnderTest.StartAsync(
        "gateway", new Dictionary<string, string?> { ["app:drain_seconds"] = drainSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture) }, _ => { },
        app => app.MapGet("/stream", async (HttpContext context) =>
        {
            context.RequestAborted.Register(() => _aborted.TrySetResult());
            await context.Response.WriteAsync("begin", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await _finish.Task.WaitAsync(context.RequestAborted);
            await context.Response.WriteAsync(" end", context.RequestAborted);
        }),
        rpc: false, Token);
}

/// <summary>Lets a test wait for a token.</summary>
internal static class CancellationWaits
{
    public static Task UntilCancelledAsync(this CancellationToken token, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(() => cancelled.TrySetResult());
        return cancelled.Task.WaitAsync(cancellationToken);
    }
}
