using System.Globalization;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>A service of the distributed home, wired as the AppHost wires it: given its infrastructure, the keys, and the addresses of those it calls. Nothing else.</summary>
/// <param name="Folder">Where its project lies.</param>
/// <param name="HasRpc">Whether it has an RPC door beside its HTTP door.</param>
/// <param name="Calls">The services whose addresses it is told.</param>
/// <param name="IsShownTheUpstream">Whether it is told the simulator's address.</param>
internal sealed record WiredProcess(string Name, string Project, string Folder, int Replicas, bool HasRpc, string[] Calls, bool IsShownTheUpstream)
{
    /// <summary>What every service is given: its infrastructure and its keys.</summary>
    public static readonly IReadOnlyList<string> Equipment =
    [
        "ConnectionStrings__grokforge", "ConnectionStrings__redis", "ConnectionStrings__rabbitmq",
        "GROKFORGE_APP__APP_KEY", "GROKFORGE_INTERNAL_KEY", "GROKFORGE_MASTER_KEY",
    ];

    /// <summary>The settings that name the simulator.</summary>
    public static readonly IReadOnlyList<string> UpstreamAddresses =
        ["GROKFORGE_UPSTREAM__WEB_BASE_URL", "GROKFORGE_UPSTREAM__ASSETS_BASE_URL", "GROKFORGE_UPSTREAM__XAI_BASE_URL"];

    /// <summary>Every service of the home.</summary>
    public static readonly IReadOnlyList<WiredProcess> All =
    [
        new("tokenpool", "GrokForge.TokenPool", "services/TokenPool", 2, true, ["upstream"], true),
        new("upstream", "GrokForge.Upstream", "services/Upstream", 2, true, ["tokenpool", "cfrefresh", "mediacache", "gateway"], true),
        new("mediacache", "GrokForge.MediaCache", "services/MediaCache", 1, true, [], true),
        new("cfrefresh", "GrokForge.CfRefresh", "services/CfRefresh", 1, true, [], true),
        new("gateway", "GrokForge.Gateway", "services/Gateway", 2, true, ["upstream", "mediacache", "admin"], false),
        new("admin", "GrokForge.Admin", "admin", 1, false, ["tokenpool", "gateway", "upstream", "cfrefresh", "mediacache"], false),
    ];

    public static WiredProcess Named(string name) => All.Single(s => s.Name == name);

    /// <summary>The variables that this service is given, beside those of its own doors.</summary>
    /// <param name="equipment">Values of <see cref="Equipment"/>.</param>
    public Dictionary<string, string> Variables(IReadOnlyDictionary<string, string> equipment, string upstream, IReadOnlyDictionary<string, ServicePorts[]> doors)
    {
        var variables = Equipment.ToDictionary(name => name, name => equipment[name]);
        foreach (var name in IsShownTheUpstream ? UpstreamAddresses : [])
            variables[name] = upstream;
        foreach (var called in Calls)
        {
            for (var i = 0; i < doors[called].Length; i++)
            {
                var index = i.ToString(CultureInfo.InvariantCulture);
                variables[$"services__{called}__http__{index}"] = $"http://127.0.0.1:{doors[called][i].Http.ToString(CultureInfo.InvariantCulture)}";
                if (doors[called][i].Grpc > 0)
                    variables[$"services__{called}__grpc__{index}"] = $"http://127.0.0.1:{doors[called][i].Grpc.ToString(CultureInfo.InvariantCulture)}";
            }
        }

        return variables;
    }
}
