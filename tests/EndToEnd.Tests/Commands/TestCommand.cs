using System.Diagnostics;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Commands;

/// <summary>
/// A copy of ./test.sh and .ci/run in a folder of its own, on a machine that is made up: the PATH holds the few programs that every system has, and what a test adds.
/// Nothing of the real machine is built, installed or changed.
/// </summary>
internal sealed class TestCommand : IDisposable
{
    private static readonly string[] Everywhere = ["bash", "env", "dirname", "grep", "tr", "mkdir", "tee", "awk", "cat", "chmod", "rm", "mktemp", "sed", "tail"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-test-command-");

    public TestCommand()
    {
        Directory.CreateDirectory(Programs);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, ".ci"));
        foreach (var script in (string[])["test.sh", ".ci/run"])
        {
            // Where packages put what starts servers is the machine's own; here it is a file in the folder.
            var text = File.ReadAllText(Repository.Path(script)).Replace("/usr/sbin/policy-rc.d", PolicyFile, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(_folder.FullName, script), text);
            MakeExecutable(Path.Combine(_folder.FullName, script));
        }

        foreach (var program in Everywhere)
            File.CreateSymbolicLink(Path.Combine(Programs, program), Find(program));
        Add("timeout", "shift 3; exec \"$@\"");
        IsRoot(false);
    }

    /// <summary>What the made-up programs were called with, in order, such as: apt-get update -qq</summary>
    public IReadOnlyList<string> Calls => File.Exists(CallFile) ? File.ReadAllLines(CallFile) : [];

    /// <summary>The file that keeps installed servers from being started, while it is there.</summary>
    public string PolicyFile => Path.Combine(_folder.FullName, "policy-rc.d");

    private string Programs => Path.Combine(_folder.FullName, "bin");

    private string CallFile => Path.Combine(_folder.FullName, "calls");

    public static void SkipUnlessPossible() => Assert.SkipUnless(File.Exists("/bin/bash") && !OperatingSystem.IsWindows(), "bash is not installed");

    /// <summary>Puts a program on the PATH, which tells of its calls and does as the script says.</summary>
    public TestCommand Add(string name, string script)
    {
        var file = Path.Combine(Programs, name);
        File.WriteAllText(file, $"#!{Find("bash")}\necho \"{name} $*\" >>'{CallFile}'\n{script}\n");
        MakeExecutable(file);
        return this;
    }

    /// <summary>Has the programs that are looked for on the PATH: with them, nothing is missing there.</summary>
    public TestCommand AddInstalled(params string[] names)
    {
        foreach (var name in names)
            Add(name, "exit 0");
        return this;
    }

    public TestCommand IsRoot(bool isRoot) => Add("id", isRoot ? "echo 0" : "echo 1000");

    /// <summary>Has an SDK whose test run ends with these numbers.</summary>
    public TestCommand AddSdk(int passed, int failed = 0, int skipped = 0, int buildCode = 0, int formatCode = 0, string version = "10.0.301") => Add("dotnet", $$"""
        case "$1" in
        --list-sdks) echo '{{version}} [/usr/share/dotnet/sdk]' ;;
        build) [ {{buildCode}} = 0 ] || echo 'error CS0000: no'; exit {{buildCode}} ;;
        format) exit {{formatCode}} ;;
        test) printf 'Test run summary: whatever\n  total: {{passed + failed + skipped}}\n  failed: {{failed}}\n  succeeded: {{passed}}\n  skipped: {{skipped}}\n  duration: 1s\n'; [ {{failed}} = 0 ] || exit 2 ;;
        esac
        """);

    public async Task<(int Code, string LastLine, string Output, string Errors)> RunAsync(string script = "test.sh", params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Programs, "bash"), [Path.Combine(_folder.FullName, script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Programs;
        start.Environment["HOME"] = _folder.FullName;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var said = await output;
        return (process.ExitCode, said.TrimEnd().Split('\n')[^1], said, await errors);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Find(string program) =>
        ((string[])["/usr/bin", "/bin", "/usr/local/bin"]).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"This machine has no {program}.");

    private static void MakeExecutable(string file)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
