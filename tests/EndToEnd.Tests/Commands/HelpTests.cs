using System.Text.RegularExpressions;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Commands;

/// <summary>The executable explains each of its verbs, and takes no switch that it does not know.</summary>
public sealed partial class HelpTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-help-");

    /// <summary>Every verb, and a switch or word that its help must name.</summary>
    public static TheoryData<string, string> Verbs => new()
    {
        { "", "--config" },
        { "demo", "simulator" },
        { "doctor", "--token" },
        { "healthcheck", "ready" },
        { "reset-admin", "password" },
        { "token", "add" },
        { "token add", "--pool" },
        { "key", "create" },
        { "key create", "--name" },
    };

    [Theory, MemberData(nameof(Verbs))]
    public async Task Help_prints_the_usage_and_does_nothing(string verb, string word)
    {
        foreach (var help in (string[])["--help", "-h"])
        {
            var run = await RunAsync($"{verb} {help}");
            Assert.Equal((0, ""), (run.Code, run.Errors));
            Assert.Contains("Usage:", run.Result, StringComparison.Ordinal);
            Assert.Contains($" {verb} ".TrimStart(), run.Result, StringComparison.Ordinal);
            Assert.Contains(word, run.Result, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task No_verb_is_left_out_here()
    {
        List<string> found = [""];
        for (var i = 0; i < found.Count; i++)
        {
            var help = (await RunAsync($"{found[i]} --help")).Result;
            var commands = help.IndexOf("Commands:", StringComparison.Ordinal);
            if (commands >= 0)
                found.AddRange(Command().Matches(help[commands..]).Select(m => $"{found[i]} {m.Groups[1].Value}".Trim()));
        }

        Assert.Equal(Verbs.Select(v => v.Data.Item1).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--frobnicate")]
    [InlineData("demo --frobnicate")]
    [InlineData("healthcheck --frobnicate")]
    [InlineData("reset-admin --frobnicate")]
    [InlineData("token add --frobnicate")]
    [InlineData("key create --name a --frobnicate")]
    [InlineData("frobnicate")]
    [InlineData("token frobnicate")]
    public async Task An_unknown_switch_or_word_is_an_error_that_names_it(string words)
    {
        var run = await RunAsync(words);
        run.AssertRefusedWith("frobnicate");
        Assert.Equal((2, ""), (run.Code, run.Result.Trim()));
        Assert.Contains("See: grokforge --help", run.Errors, StringComparison.Ordinal);
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("key create", "--name")]
    [InlineData("token add --pool gold", "basic, super, heavy, xai")]
    [InlineData("token", "Required command")]
    public async Task What_is_missing_or_wrong_is_named(string words, string expected)
    {
        var run = await RunAsync(words);
        run.AssertRefusedWith(expected);
        Assert.Equal(2, run.Code);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratedRegex("^  ([a-z][a-z-]*)", RegexOptions.Multiline)]
    private static partial Regex Command();

    private Task<VerbRun> RunAsync(string words) =>
        VerbRun.OfAsync(new Dictionary<string, string> { ["GROKFORGE_APP__DATA_DIR"] = _folder.FullName }, "", words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
