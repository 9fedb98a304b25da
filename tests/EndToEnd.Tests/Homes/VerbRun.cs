namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>One run of the all-in-one's executable from its start to its end.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Result">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record VerbRun(int Code, string Result, string Errors)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public string Output => Result + Errors;

    public string LastLine => Result.TrimEnd().Split('\n')[^1].Trim();

    /// <summary>What went wrong, in one sentence for a person: no stack trace.</summary>
    public void AssertRefusedWith(string words)
    {
        Assert.NotEqual(0, Code);
        Assert.Contains(words, Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Output, StringComparison.Ordinal);
    }

    /// <param name="input">Its whole standard input.</param>
    public static async Task<VerbRun> OfAsync(IReadOnlyDictionary<string, string> environment, string input, params string[] words)
    {
        using var process = await Starter.StartAsync(Starter.Describe(await Executable.AllInOneAsync(), environment, words));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var (result, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return new VerbRun(process.ExitCode, await result, await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
