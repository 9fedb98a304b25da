using System.Globalization;
using System.Text.Json.Serialization;
using GrokForge.ServiceDefaults.Calls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GrokForge.ServiceDefaults.Health;

/// <summary>The doors for probes: /alive (= /healthz) says that the process runs, /health (= /ready) that this replica can do its job.</summary>
internal static class HealthEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static bool IsProbe(PathString path) => path.Value is "/alive" or "/healthz" or "/health" or "/ready" or "/metrics";

    public static void MapHealth(this WebApplication app, string service)
    {
        var started = app.Services.GetRequiredService<TimeProvider>().GetTimestamp();
        foreach (var path in (string[])["/alive", "/healthz"])
            app.MapMethods(path, Methods, (TimeProvider time) => TypedResults.Json(Now("ok", time, started, null), HealthJson.Default.HealthAnswer)).AsProbe();
        foreach (var path in (string[])["/health", "/ready"])
            app.MapMethods(path, Methods, (HttpContext context, ReadinessReasons reasons, TimeProvider time, RpcDoor rpc) => Ready(context, reasons, time, started, ShowsReasons(context, rpc, service))).AsProbe();
    }

    private static JsonHttpResult<HealthAnswer> Ready(HttpContext context, ReadinessReasons reasons, TimeProvider time, long started, bool show)
    {
        var report = reasons.Read();
        var status = report.Level switch { ReadinessLevel.Ready => "ok", ReadinessLevel.Degraded => "degraded", _ => "unavailable" };
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            Now(status, time, started, show ? [.. report.Entries.Select(e => $"{e.Name}: {e.Reason}")] : null), HealthJson.Default.HealthAnswer,
            statusCode: report.Level == ReadinessLevel.NotReady ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
    }

    // The ports of these services are for clients: why something is amiss is not their business.
    private static bool ShowsReasons(HttpContext context, RpcDoor rpc, string service) =>
        service is not ("gateway" or "allinone" or "admin" or "mediacache") || (rpc.IsOpen && context.Connection.LocalPort == rpc.Port);

    private static HealthAnswer Now(string status, TimeProvider time, long started, string[]? reasons) =>
        new(status, Uptime(time.GetElapsedTime(started)), time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture), reasons);

    /// <summary>93 s → 1m33s, as the seed writes it.</summary>
    internal static string Uptime(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}h{time.Minutes}m{time.Seconds}s" : time.TotalMinutes >= 1 ? $"{time.Minutes}m{time.Seconds}s" : $"{time.Seconds}s";

    private static void AsProbe(this RouteHandlerBuilder endpoint) => endpoint.WithMetadata(RpcEndpoint.Instance).DisableHttpMetrics().ExcludeFromDescription();
}

/// <summary>What a probe is told.</summary>
internal sealed record HealthAnswer(string Status, string Uptime, string Timestamp, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string[]? Reasons);

/// <summary>How probe answers are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
