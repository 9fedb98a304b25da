using System.Reflection;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;
using Grpc.Core;

namespace GrokForge.Admin.Status;

/// <summary>Shows how the installation is: GET /admin/system/status.</summary>
internal static class StatusEndpoint
{
    private static readonly string Version = typeof(StatusEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapStatus(this RouteGroupBuilder gated)
    {
        // It counts from its creation, which must not wait for the first who asks.
        _ = ((IEndpointRouteBuilder)gated).ServiceProvider.GetRequiredService<Uptime>();
        gated.MapGet("system/status", ReadAsync);
        gated.MapGet("system/usage", () => AdminError.NotYet("Usage by period"));
        gated.MapGet("stats/quota", () => AdminError.NotYet("Quota totals by pool"));
        gated.MapGet("stats/usage", () => AdminError.NotYet("Usage by hour"));
    }

    private static async Task<IResult> ReadAsync(ITokenAdmin tokens, IVirtualKeys keys, ReadinessReasons readiness, Uptime uptime, CancellationToken cancellationToken)
    {
        var reading = TryAsync(() => tokens.CountsAsync(new TokenCountsRequest(), cancellationToken));
        var keyCounts = await TryAsync(() => keys.CountsAsync(new KeyCountsRequest(), cancellationToken));
        var tokenCounts = await reading;
        var report = readiness.Read();
        return AdminJson.Answer(new
        {
            status = tokenCounts is null || keyCounts is null || report.Level != ReadinessLevel.Ready ? "degraded" : "healthy",
            version = Version,
            uptime = uptime.Seconds,
            reasons = report.Entries.Select(e => $"{e.Name}: {e.Reason}"),
            tokens = tokenCounts is null ? null : new { tokenCounts.Total, tokenCounts.Active },
            api_keys = keyCounts is null ? null : new { keyCounts.Total, keyCounts.Active },
        });
    }

    /// <summary>Null where the service is away.</summary>
    private static async Task<T?> TryAsync<T>(Func<Task<T>> call) where T : class
    {
        try
        {
            return await call();
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
        {
            return null;
        }
    }
}

/// <summary>Knows since when this process runs.</summary>
internal sealed class Uptime(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public double Seconds => Math.Round(time.GetElapsedTime(_start).TotalSeconds, 3);
}
