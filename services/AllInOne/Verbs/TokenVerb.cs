using System.CommandLine;
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
        var file = new Option<FileInfo>("--file") { Description = "File with one token per line. Without it they are read from standard input." };
        file.AcceptExistingOnly();
        var add = new Command("add", "Adds tokens, one per line; paste them and end with an empty line.") { pool, priority, file };
        add.SetAction((parsed, cancellationToken) => RunAsync(
            settings, new Wish(Pools.Canonical(parsed.GetRequiredValue(pool))!, parsed.GetValue(priority), parsed.GetValue(file)), cancellationToken));
        return new Command("token", "Administers upstream tokens.") { add };
    }

    private static async Task<int> RunAsync(string[] settings, Wish wish, CancellationToken cancellationToken)
    {
        var tokens = wish.File is null ? await ReadInputAsync(cancellationToken) : await File.ReadAllLinesAsync(wish.File.FullName, cancellationToken);
        var lines = tokens.Index().Where(line => line.Item.Trim().Length > 0).ToList();
        if (lines.Count == 0)
        {
            await Console.Error.WriteLineAsync("No token was given.");
            return CommandLine.Refused;
        }

        await using var admin = await LocalAdmin.OpenAsync(settings, cancellationToken);
        var (added, problems) = await admin.AddTokensAsync([.. lines.Select(line => line.Item)], wish.Pool, wish.Priority, cancellationToken);
        foreach (var (index, message) in problems)
            await Console.Error.WriteLineAsync($"line {lines[index].Index + 1}: {message}");
        var pools = lines.Select(line => line.Item.TrimStart().StartsWith("xai-", StringComparison.Ordinal) ? Pools.Xai : wish.Pool).Distinct(StringComparer.Ordinal);
        Console.WriteLine($"{added} added to pool {string.Join(" and ", pools)}, {lines.Count - added} not.");
        return problems.Count == 0 ? 0 : 1;
    }

    private static async Task<string[]> ReadInputAsync(CancellationToken cancellationToken)
    {
        if (!Console.IsInputRedirected)
            Console.WriteLine("Paste one token per line, then an empty line:");
        List<string> lines = [];
        while (await Console.In.ReadLineAsync(cancellationToken) is { } line && (line.Length > 0 || Console.IsInputRedirected))
            lines.Add(line);
        return [.. lines];
    }

    private sealed record Wish(string Pool, int Priority, FileInfo? File);
}
