using System.CommandLine;
using GrokForge.AllInOne.Verbs;
using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.AllInOne;

/// <summary>The executable's command line: without a verb it serves, with one it does one thing and ends.</summary>
internal static class CommandLine
{
    /// <summary>Exit code of a refused command line or start.</summary>
    public const int Refused = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        // Settings ("--app:port=9000", "--ignore-overrides") are read by the settings themselves, before and after any verb.
        var settings = SettingArguments.Split(args, out var words);
        var root = new RootCommand("GrokForge: Grok behind an OpenAI-compatible API. Without a command it serves.");
        root.SetAction((_, cancellationToken) => ServeVerb.RunAsync(settings, cancellationToken));
        root.Subcommands.Add(DemoVerb.Command(settings));
        root.Subcommands.Add(DoctorVerb.Command(settings));
        root.Subcommands.Add(HealthcheckVerb.Command(settings));
        root.Subcommands.Add(ResetAdminVerb.Command(settings));
        root.Subcommands.Add(TokenVerb.Command(settings));
        root.Subcommands.Add(KeyVerb.Command(settings));
        root.Options.Add(new Option<string>("--config", "-c")
        {
            Description = "Configuration file. Default: config.toml beside the executable, or beside GrokForge.sln in a checkout; it may be absent, a named one may not.",
            HelpName = "file",
        });
        root.Options.Add(new Option<bool>("--ignore-overrides") { Description = "Start without the settings saved in the database." });
        try
        {
            var parsed = root.Parse(words);
            if (parsed.Errors.Count > 0)
            {
                foreach (var error in parsed.Errors)
                    await Console.Error.WriteLineAsync(error.Message);
                await Console.Error.WriteLineAsync("See: grokforge --help");
                return Refused;
            }

            // The host itself answers SIGTERM and Ctrl+C: it drains, settles and ends with 0.
            return await parsed.InvokeAsync(
                new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, CancellationToken.None);
        }
        catch (Exception e) when ((StartUp.Sentence(e) ?? (words is [not "demo", ..] ? VerbFault.Sentence(e) : null)) is { } sentence)
        {
            await Console.Error.WriteLineAsync(sentence);
            return Refused;
        }
    }
}
