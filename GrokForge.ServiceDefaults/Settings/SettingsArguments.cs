using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Brings the command line into the one form that the host's configuration understands (--key=value) and refuses what nobody would read.</summary>
public static class SettingsArguments
{
    internal const string IgnoreOverrides = "ignore-overrides";

    // Sections that the host, discovery and telemetry read.
    private static readonly string[] HostSections = ["ConnectionStrings", "services", "Logging", "Kestrel", "Aspire"];

    private static readonly string[] HostSwitches = ["config", "urls", "environment", "contentRoot", "applicationName", "http_ports", "https_ports"];

    /// <summary>-config x, --config x, --ignore-overrides, --app:port 1 → --config=x, …</summary>
    /// <exception cref="StartRefusedException">An unknown switch, or one without its value.</exception>
    public static string[] Prepare(string[] args)
    {
        List<string> prepared = [];
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i].TrimStart('-');
            if (name.Length == args[i].Length || name.Length == 0)
                throw new StartRefusedException($"{args[i]} is not understood; switches look like --app:port=8080 or --config FILE.");

            var equals = name.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? null : name[(equals + 1)..];
            name = equals < 0 ? name : name[..equals];
            Refuse(name);
            if (name == IgnoreOverrides)
                value ??= "true";
            if (value is null && i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal))
                value = args[++i];
            prepared.Add($"--{name}={value ?? throw new StartRefusedException($"--{name} needs a value: --{name}=…")}");
        }

        return [.. prepared];
    }

    private static void Refuse(string name)
    {
        var section = name.Split(':')[0];
        var known = name.Contains(':', StringComparison.Ordinal)
            ? SettingDefinitions.Tables.ContainsKey(section.ToLowerInvariant()) || HostSections.Contains(section, StringComparer.OrdinalIgnoreCase)
            : name == IgnoreOverrides || HostSwitches.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith("GROKFORGE_", StringComparison.OrdinalIgnoreCase);
        if (known)
            return;

        var hint = KeyHints.For(name.Replace(':', '.'), [.. HostSwitches, IgnoreOverrides, .. SettingDefinitions.All.Select(d => d.Key)]);
        throw new StartRefusedException(hint is null ? $"--{name} is not a switch." : $"--{name} is not a switch; did you mean --{hint.Replace('.', ':')}?");
    }
}
