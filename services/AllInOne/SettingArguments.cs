namespace GrokForge.AllInOne;

/// <summary>Tells settings on the command line (<c>--app:port=9000</c>, <c>--config file</c>) from the words of a verb.</summary>
internal static class SettingArguments
{
    private static readonly string[] ConfigSwitches = ["--config", "-config", "-c"];

    /// <summary>Answers the settings, in the form every service reads them; <paramref name="words"/> keeps the rest.</summary>
    public static string[] Split(string[] args, out string[] words)
    {
        List<string> settings = [], rest = [];
        for (var i = 0; i < args.Length; i++)
        {
            var argument = args[i];
            var name = argument.Split('=', 2)[0];
            if (Array.IndexOf(ConfigSwitches, name) >= 0)
            {
                if (argument.Contains('=', StringComparison.Ordinal))
                    settings.Add($"--config={argument.Split('=', 2)[1]}");
                else if (i + 1 < args.Length)
                    settings.Add($"--config={args[++i]}");
                else
                    rest.Add(argument);
            }
            else if (name is "--ignore-overrides")
            {
                settings.Add("--ignore-overrides");
            }
            else if (name.StartsWith("--", StringComparison.Ordinal) && name.Contains(':', StringComparison.Ordinal))
            {
                settings.Add(argument);
                if (!argument.Contains('=', StringComparison.Ordinal) && i + 1 < args.Length)
                    settings.Add(args[++i]);
            }
            else
            {
                rest.Add(argument);
            }
        }

        words = [.. rest];
        return [.. settings];
    }
}
