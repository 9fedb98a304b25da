using System.Text.RegularExpressions;

namespace GrokForge.EndToEnd.Tests.Wiring;

/// <summary>
/// What the AppHost gives each service, read from its source, as Aspire's packages are not everywhere. It reads the few forms that AppHost.cs is written in, e.g.
/// <c>var gateway = WithRpc(Equipped(builder.AddDotnetProject("gateway", "../services/Gateway/GrokForge.Gateway.csproj"))).WithReplicas(2);</c>
/// </summary>
internal sealed partial class AppHostWiring
{
    private readonly string[] _statements;

    public AppHostWiring(string source)
    {
        var code = Comment().Replace(source, "");
        _statements = [.. code.Split(';').Select(s => Space().Replace(s, ""))];
        Variables = new Dictionary<string, HashSet<string>>();
        Services = [.. _statements.Select(s => Project().Match(s)).Where(m => m.Success && m.Groups["name"].Value != "simulator").Select(Read)];
        ReadReferences();
        ReadSimulator();
    }

    /// <summary>Every service: where its project is, how many of it there are and whether it has an RPC door.</summary>
    public IReadOnlyList<(string Name, string Project, int Replicas, bool HasRpc)> Services { get; }

    /// <summary>The names of the variables that each service is given, with * for the number of a replica.</summary>
    public Dictionary<string, HashSet<string>> Variables { get; }

    [GeneratedRegex("^ *//.*$|(?<=[;,)]) *//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex("var(?<variable>\\w+)=(?<chain>.*AddDotnetProject\\(\"(?<name>\\w+)\",\"../(?<path>[^\"]+)\"\\).*)$")]
    private static partial Regex Project();

    [GeneratedRegex("\\.WithReplicas\\((\\d+)\\)")]
    private static partial Regex Replicas();

    [GeneratedRegex("\\.WithReference\\((?<what>\\w+)\\)")]
    private static partial Regex Reference();

    [GeneratedRegex("WithEnvironment\\(\"(?<name>\\w+)\"")]
    private static partial Regex Environment();

    [GeneratedRegex("var(?<variable>\\w+)=.*\\.Add(?:Database|Redis|RabbitMQ)\\(\"(?<name>\\w+)\"\\)")]
    private static partial Regex Infrastructure();

    [GeneratedRegex("foreach\\(varcallerinnew\\[\\]\\{(?<callers>[\\w,]+)\\}\\)caller(?<chain>.*)$")]
    private static partial Regex Callers();

    private (string Name, string Project, int Replicas, bool HasRpc) Read(Match project)
    {
        var (name, chain) = (project.Groups["name"].Value, project.Groups["chain"].Value);
        Assert.Equal(name, project.Groups["variable"].Value);
        Variables[name] = chain.Contains("Equipped(", StringComparison.Ordinal) ? [.. Equipment()] : [];
        return (name, project.Groups["path"].Value, Replicas().Match(chain) is { Success: true } m ? int.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 1,
            chain.Contains("WithRpc(", StringComparison.Ordinal));
    }

    private IEnumerable<string> Equipment()
    {
        var names = _statements.Select(s => Infrastructure().Match(s)).Where(m => m.Success).ToDictionary(m => m.Groups["variable"].Value, m => m.Groups["name"].Value);
        var given = _statements.Single(s => s.Contains("Equipped<T>(", StringComparison.Ordinal));
        return Reference().Matches(given).Select(m => $"ConnectionStrings__{names[m.Groups["what"].Value]}").Concat(Environment().Matches(given).Select(m => m.Groups["name"].Value));
    }

    private void ReadReferences()
    {
        foreach (var service in Services)
        {
            foreach (var statement in _statements.Where(s => s.StartsWith($"{service.Name}.", StringComparison.Ordinal)))
            {
                foreach (Match reference in Reference().Matches(statement))
                {
                    var called = Services.Single(s => s.Name == reference.Groups["what"].Value);
                    Variables[service.Name].Add($"services__{called.Name}__http__*");
                    if (called.HasRpc)
                        Variables[service.Name].Add($"services__{called.Name}__grpc__*");
                }

                Variables[service.Name].UnionWith(Environment().Matches(statement).Select(m => m.Groups["name"].Value));
            }
        }
    }

    private void ReadSimulator()
    {
        foreach (var shown in _statements.Select(s => Callers().Match(s)).Where(m => m.Success))
        {
            foreach (var caller in shown.Groups["callers"].Value.Split(','))
                Variables[caller].UnionWith(Environment().Matches(shown.Groups["chain"].Value).Select(m => m.Groups["name"].Value));
        }
    }
}
