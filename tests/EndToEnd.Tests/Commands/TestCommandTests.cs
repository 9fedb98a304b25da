namespace GrokForge.EndToEnd.Tests.Commands;

/// <summary>./test.sh and .ci/run on machines of every kind: what they say, what they install, and the line and code they end with.</summary>
public sealed class TestCommandTests : IDisposable
{
    private static readonly string[] OnThePath = ["redis-server", "curl", "nginx", "npm"];
    private readonly TestCommand _command;

    public TestCommandTests()
    {
        TestCommand.SkipUnlessPossible();
        _command = new TestCommand();
    }

    public void Dispose() => _command.Dispose();

    [Theory]
    [InlineData("test.sh", null)]
    [InlineData("test.sh", "8.0.404")]
    [InlineData(".ci/run", null)]
    public async Task Without_the_SDK_it_is_one_sentence_and_nothing_is_installed(string script, string? version)
    {
        _command.IsRoot(true).Add("apt-get", "exit 0");
        if (version is not null)
            _command.AddSdk(passed: 1, version: version);

        var run = await _command.RunAsync(script);

        Assert.Equal(2, run.Code);
        Assert.StartsWith("The .NET SDK 10 is not on the PATH", run.LastLine.Length > 0 ? run.LastLine : run.Errors.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain(" passed, ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_command.Calls, c => c.StartsWith("apt-get", StringComparison.Ordinal));
        Assert.DoesNotContain("dotnet build GrokForge.sln", _command.Calls.Select(c => string.Join(' ', c.Split(' ').Take(3))));
    }

    [Fact]
    public async Task Without_root_it_prints_the_install_line_and_goes_on()
    {
        _command.AddSdk(passed: 30, skipped: 12).Add("apt-get", "exit 0").AddInstalled("curl");

        var run = await _command.RunAsync();

        Assert.Equal((0, "30 passed, 0 failed, 12 skipped"), (run.Code, run.LastLine));
        var line = run.Output.Split('\n').Single(l => l.Contains("sudo apt-get update && sudo apt-get install -y", StringComparison.Ordinal));
        Assert.Contains(" redis-server ", line, StringComparison.Ordinal);
        Assert.EndsWith(" npm", line.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain(" curl", line, StringComparison.Ordinal);
        Assert.Contains("use Docker if an engine answers, else they are skipped", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(_command.Calls, c => c.StartsWith("apt-get", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_root_has_no_apt_it_prints_the_install_line_and_goes_on()
    {
        var run = await _command.AddSdk(passed: 3).IsRoot(true).RunAsync();

        Assert.Equal((0, "3 passed, 0 failed, 0 skipped"), (run.Code, run.LastLine));
        Assert.Contains("sudo apt-get install", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_root_it_installs_what_is_missing_and_keeps_the_servers_from_starting()
    {
        _command.AddSdk(passed: 42).IsRoot(true).AddInstalled("curl", "npm").Add("apt-get", $"[ \"$1\" = update ] || [ -x '{_command.PolicyFile}' ] || exit 1");

        var run = await _command.RunAsync();

        Assert.Equal((0, "42 passed, 0 failed, 0 skipped"), (run.Code, run.LastLine));
        var apt = _command.Calls.Where(c => c.StartsWith("apt-get", StringComparison.Ordinal)).ToList();
        Assert.Equal(("apt-get update -qq", 2), (apt[0], apt.Count));
        Assert.Contains(" redis-server", apt[1], StringComparison.Ordinal);
        Assert.DoesNotContain("npm", apt[1], StringComparison.Ordinal);
        Assert.DoesNotContain("could not be installed", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(_command.PolicyFile), "Left behind it would keep the machine's own servers from starting.");
    }

    [Fact]
    public async Task A_package_that_clashes_keeps_no_other_away()
    {
        _command.AddSdk(passed: 40, skipped: 2).IsRoot(true).Add("apt-get", """
            case " $* " in *' npm '*) echo 'E: Unable to correct problems, you have held broken packages.' >&2; exit 100 ;; esac
            """);

        var run = await _command.RunAsync();

        Assert.Equal((0, "40 passed, 0 failed, 2 skipped"), (run.Code, run.LastLine));
        Assert.Equal("npm could not be installed; tests that need it use Docker if an engine answers, else they are skipped.",
            Assert.Single(run.Output.Split('\n'), l => l.Contains("could not be installed", StringComparison.Ordinal)));
        Assert.Contains(_command.Calls, c => c.StartsWith("apt-get install", StringComparison.Ordinal) && c.EndsWith("--no-install-recommends redis-server", StringComparison.Ordinal));
        Assert.Equal(1, _command.Calls.Count(c => c == "apt-get update -qq"));
        Assert.False(File.Exists(_command.PolicyFile));
    }

    [Fact]
    public async Task A_policy_that_was_there_stays()
    {
        await File.WriteAllTextAsync(_command.PolicyFile, "the machine's own", TestContext.Current.CancellationToken);
        await _command.AddSdk(passed: 1).IsRoot(true).Add("apt-get", "exit 0").RunAsync();
        Assert.Equal("the machine's own", await File.ReadAllTextAsync(_command.PolicyFile, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("test.sh", 0, 7, 0, 0, 0, "7 passed, 0 failed, 0 skipped", 0)]
    [InlineData("test.sh", 0, 7, 2, 1, 0, "7 passed, 2 failed, 1 skipped", 2)]
    [InlineData("test.sh", 1, 7, 0, 0, 0, "0 passed, 1 failed, 0 skipped", 1)]
    [InlineData("test.sh", 0, 0, 0, 0, 0, "0 passed, 1 failed, 0 skipped", 8)]
    [InlineData(".ci/run", 0, 7, 0, 0, 0, "7 passed, 0 failed, 0 skipped", 0)]
    [InlineData(".ci/run", 0, 7, 2, 0, 0, "7 passed, 2 failed, 0 skipped", 2)]
    [InlineData(".ci/run", 1, 7, 0, 0, 0, "0 passed, 1 failed, 0 skipped", 1)]
    [InlineData(".ci/run", 0, 7, 0, 0, 1, "7 passed, 1 failed, 0 skipped", 1)]
    public async Task The_last_line_and_the_code_tell_what_happened(
        string script, int buildCode, int passed, int failed, int skipped, int formatCode, string lastLine, int code)
    {
        _command.AddInstalled(OnThePath).AddSdk(passed, failed, skipped, buildCode, formatCode);

        var run = await _command.RunAsync(script);

        Assert.Equal((lastLine, code), (run.LastLine, run.Code));
        Assert.Single(run.Output.Split('\n'), l => l.Contains(" passed, ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_arguments_go_to_the_test_run()
    {
        await _command.AddInstalled(OnThePath).AddSdk(passed: 1).RunAsync("test.sh", "--filter-class", "*Foo");
        Assert.EndsWith(" --filter-class *Foo", Assert.Single(_command.Calls, c => c.StartsWith("dotnet test", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
