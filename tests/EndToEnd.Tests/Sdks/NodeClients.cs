using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Sdks;

/// <summary>The JavaScript clients of Sdks/node, installed once per lock file into artifacts/node-clients, and the Node that runs them.</summary>
internal static class NodeClients
{
    private const int OldestNode = 22;
    private static readonly string[] NoRegistry =
        ["ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "ERR_SOCKET_TIMEOUT", "ENOTCACHED", "E404", "ETARGET"];

    private static readonly string Sources = Path.Combine(AppContext.BaseDirectory, "Sdks", "node");
    private static readonly string Folder = Path.Combine(Executable.Artifacts, "node-clients");
    private static readonly Lazy<Task<(string? Node, string Missing)>> Installed = new(InstallAsync);

    /// <summary>Runs one script against a gateway and answers its report. Skips the test where Node or the packages cannot be had.</summary>
    public static async Task<ClientReport> RunAsync(string script, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var (node, missing) = await Installed.Value.WaitAsync(cancellationToken);
        Assert.SkipWhen(node is null, missing);
        var start = new ProcessStartInfo(node!, [Path.Combine(Folder, script)]);
        foreach (var inherited in start.Environment.Keys.Where(IsOfAClient).ToList())
            start.Environment.Remove(inherited);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var run = await ExecuteAsync(start, TimeSpan.FromSeconds(90), cancellationToken);
        var report = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
        Assert.True(run.Code == 0 && report is ['{', ..], $"{script} ended with {run.Code} and without a report:\n{run.Output}\n{run.Errors}");
        return JsonSerializer.Deserialize<ClientReport>(report!, JsonSerializerOptions.Web)!;
    }

    // Keys, addresses and tracing that the developer's own shell may hold for these clients.
    private static bool IsOfAClient(string variable) =>
        variable.StartsWith("OPENAI_", StringComparison.Ordinal) || variable.StartsWith("LANGCHAIN_", StringComparison.Ordinal)
        || variable.StartsWith("LANGSMITH_", StringComparison.Ordinal) || variable is "NODE_OPTIONS";

    private static async Task<(string? Node, string Missing)> InstallAsync()
    {
        if (Find("npm") is not { } npm || Find("node") is not { } node)
            return (null, "npm is not installed");
        var version = (await ExecuteAsync(new ProcessStartInfo(node, ["--version"]), TimeSpan.FromSeconds(30), CancellationToken.None)).Output.Trim();
        var recent = int.TryParse(version.TrimStart('v').Split('.')[0], out var major) && major >= OldestNode;
        var packaged = Path.Combine(Folder, "node_modules", $"node-linux-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}", "bin", "node");
        if (!recent && !(OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture is Architecture.X64 or Architecture.Arm64))
            return (null, $"the clients need Node {OldestNode}, and {version} is installed");

        Directory.CreateDirectory(Folder);
        foreach (var file in Directory.EnumerateFiles(Sources))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        var refusal = await InstallPackagesAsync(npm, withNode: !recent);
        return refusal is null ? (recent ? node : packaged, "") : (null, refusal);
    }

    /// <returns>Why the packages cannot be had; null: they are there.</returns>
    private static async Task<string?> InstallPackagesAsync(string npm, bool withNode)
    {
        var stamp = Path.Combine(Folder, ".installed");
        var wanted = $"{Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Folder, "package-lock.json"))))} {withNode}";
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return null;

        File.Delete(stamp);
        string[] words = ["ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1", .. withNode ? Array.Empty<string>() : ["--omit=optional"]];
        var run = await ExecuteAsync(new ProcessStartInfo(npm, words) { WorkingDirectory = Folder }, TimeSpan.FromSeconds(160), CancellationToken.None);
        if (run.Code == 0)
        {
            await File.WriteAllTextAsync(stamp, wanted);
            return null;
        }

        var said = $"{run.Output}\n{run.Errors}";
        if (NoRegistry.FirstOrDefault(said.Contains) is { } code)
            return $"the npm registry cannot be reached or does not have the clients ({code})";
        throw new InvalidOperationException($"npm ci ended with {run.Code}:\n{said}");
    }

    private static string? Find(string program)
    {
        string[] names = OperatingSystem.IsWindows() ? [$"{program}.exe", $"{program}.cmd"] : [program];
        return (from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
                from name in names
                let path = Path.Combine(folder, name)
                where File.Exists(path)
                select path).FirstOrDefault();
    }

    private static async Task<(int Code, string Output, string Errors)> ExecuteAsync(ProcessStartInfo start, TimeSpan limit, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.UTF8;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ending.CancelAfter(limit);
        using var process = await Starter.StartAsync(start);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{start.FileName} had not ended after {limit}:\n{await output}\n{await errors}");
        }

        return (process.ExitCode, await output, await errors);
    }
}

/// <summary>What a script prints: the clients it used, and each check with the words of its failure.</summary>
internal sealed record ClientReport(string[] Clients, ClientCheck[] Checks);

/// <summary>One check of a script; without a failure it passed.</summary>
internal sealed record ClientCheck(string Name, string? Failure);
