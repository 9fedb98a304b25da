using GrokForge.CfRefresh.Clearance;
using GrokForge.ServiceDefaults.Egresses;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.CfRefresh.Solving;

/// <summary>Knows by the settings in force what is solved for, and when.</summary>
internal sealed class SolveTargets(CurrentSettings settings, SecretProtector protector, TimeProvider time)
{
    public TimeProvider Time => time;

    public DateTimeOffset Now => time.GetUtcNow();

    public ProxyOptions Proxy => settings.Current.Proxy;

    /// <summary>Nothing where there is no solver, or where the saved settings, which may name one and a proxy, have not been read.</summary>
    public IReadOnlyList<SolveTarget> All
    {
        get
        {
            var current = settings.Current;
            return current.Proxy.HasSolver && settings.Ready.IsCompletedSuccessfully
                ? [.. EgressName.All(current.Proxy, protector).Select(e => new SolveTarget(e.Key, e.Value, current.Upstream.WebBaseUrl))]
                : [];
        }
    }

    public SolveTarget? Find(string egress) => All.FirstOrDefault(t => t.Egress == egress);

    /// <summary>An empty name is that of the egress of chats.</summary>
    public string NameOf(string egress) => egress.Length > 0 ? egress : EgressName.Of(Proxy.BaseProxyUrl, protector);

    public DateTimeOffset DueAt(ClearanceRow row, bool starts) => SolvePace.DueAt(row, Proxy.RefreshInterval, starts);
}
