using System.CommandLine;
using System.Text;
using GrokForge.Admin.Tokens.Import;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.AllInOne.Verbs;

/// <summary><c>token add</c>: imports upstream tokens from standard input or a file, never from the command line, where others could read them.</summary>
internal static class TokenVerb
{
    public static Command Command(string[] settings)
    {
        var pool = new Option<string>("--pool") { Description = "basic, super, heavy or xai. Keys that begin with xai- always go to xai.", DefaultValueFactory = _ => Pools.Basic };
        pool.Validators.Add(result =>
        {
            if (Pools.Canonical(result.GetValueOrDefault<string>() ?? "") is null)
                result.AddError("--pool is one of: basic, super, heavy, xai.");
        });
        var priority = new Option<int>("--priority") { Description = "Higher is lent first." };
        var file = new Option<FileInfo>("--file") { Description = "File with one token per line, or a JSON export. Without it they are read from standard input." };
        file.AcceptExistingOnly();
        var dryRun = new Option<bool>("--dry-run") { Description = "Only says what would become of each line." };
        var add = new Command("add", "Adds tokens, one per line, or from another program's JSON export; paste them and end with an empty line.") { pool, priority, file, dryRun };
        add.SetAction((parsed, cancellationToken) => RunAsync(
            settings, new ImportWish(Pools.Canonical(parsed.GetRequiredValue(pool))!, parsed.GetValue(priority), IsDisabled: false, Remark: "", parsed.GetValue(dryRun)),
            parsed.GetValue(file), cancellationToken));
        return new Command("token", "Administers upstream tokens.") { add };
    }

    private static async Task<int> RunAsync(string[] settings, ImportWish wish, FileInfo? file, CancellationToken cancellationToken)
    {
        await using var input = file is not null ? file.OpenRead() : Console.IsInputRedirected ? Console.OpenStandardInput() : await ReadPastedAsync(cancellationToken);
        await using var admin = await LocalAdmin.OpenAsync(settings, cancellationToken);
        var report = await admin.AddTokensAsync(input, wish, cancellationToken);
        if (report is { Added: 0, Problems.Count: 0, Stopped: "" })
        {
            await Console.Error.WriteLineAsync("No token was given.");
            return CommandLine.Refused;
        }

        foreach (var (line, message) in report.Problems)
            await Console.Error.WriteLineAsync($"line {line}: {message}");
        if (report.Stopped.Length > 0)
            await Console.Error.WriteLineAsync(report.Stopped);
        var pools = string.Join(" and ", report.Pools.DefaultIfEmpty(wish.Pool));
        Console.WriteLine(wish.IsDryRun
            ? $"{report.Added} would be added to pool {pools}, {report.Problems.Count} not. Nothing was changed."
            : $"{report.Added} added to pool {pools}, {report.Problems.Count} not.");
        return report.Problems.Count == 0 && report.Stopped.Length == 0 ? 0 : 1;
    }

    private static async Task<Stream> ReadPastedAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine("Paste one token per line, then an empty line:");
        var lines = new StringBuilder();
        while (await Console.In.ReadLineAsync(cancellationToken) is { Length: > 0 } line)
            lines.AppendLine(line);
        return new MemoryStream(Encoding.UTF8.GetBytes(lines.ToString()));
    }
}
