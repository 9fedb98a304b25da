using GrokForge.Admin.Rim;
using GrokForge.Contracts.Clearance;
using GrokForge.ServiceDefaults.Egresses;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Clearances;

/// <summary>Shows how clearances are: GET /admin/clearance. Cookies are never shown.</summary>
internal static class ClearanceEndpoint
{
    public static void MapClearance(this RouteGroupBuilder gated) => gated.MapGet("clearance", ReadAsync);

    private static async Task<IResult> ReadAsync(IClearances clearances, CurrentSettings settings, SecretProtector protector, CancellationToken cancellationToken)
    {
        var proxy = settings.Current.Proxy;
        List<object> egresses = [];
        foreach (var egress in EgressName.All(proxy, protector).Keys)
            egresses.Add(Shown(egress, await clearances.CurrentAsync(new CurrentClearanceRequest { Egress = egress }, cancellationToken)));
        return AdminJson.Answer(new
        {
            enabled = proxy.HasSolver,
            solver = proxy.FlareSolverrUrl,
            refresh_interval = proxy.RefreshInterval.TotalSeconds,
            own_clearance = proxy.CfClearance.Length > 0 || proxy.CfCookies.Contains("cf_clearance=", StringComparison.OrdinalIgnoreCase),
            egresses,
        });
    }

    private static object Shown(string egress, ClearanceReply reply) => new
    {
        egress,
        reply.Available,
        reply.Version,
        reply.UserAgent,
        reply.Browser,
        reply.Status.Solving,
        last_success_at = At(reply.Status.SolvedAt),
        last_failure_at = At(reply.Status.FailedAt),
        last_error = reply.Status.Error,
        reply.Status.Failures,
        next_run_at = At(reply.Status.NextRunAt),
    };

    private static string? At(long unixMilliseconds) => unixMilliseconds == 0 ? null : Instant.OfMilliseconds(unixMilliseconds);
}
