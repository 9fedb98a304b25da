using System.Globalization;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Awaits a condition that only asking can tell, as long as the test may run.</summary>
internal static class Until
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// As <see cref="TrueAsync(Func{Task{bool}}, string)"/>, of what the product promises within a time. How long it took is said, in the test's own output and to
    /// whoever runs with -diagnostics, and not judged: the machine that runs everything at once is no place to measure on.
    /// </summary>
    public static async Task PromisedAsync(TimeSpan promise, Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        await TrueAsync(condition, what);
        var line = string.Create(CultureInfo.InvariantCulture, $"promised within {promise.TotalSeconds} s, took {TimeProvider.System.GetElapsedTime(began).TotalSeconds:F2} s: {what}");
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        TestContext.Current.SendDiagnosticMessage("{0}", line);
    }

    public static Task TrueAsync(Func<Task<bool>> condition, string what) => TrueAsync(condition, () => what);

    /// <param name="what">Said only where the wait was in vain, so it may tell how far things had come.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var deadline = TestContext.Current.CancellationToken;
        try
        {
            while (!await condition())
                await Task.Delay(Between, TimeProvider.System, deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            Assert.Fail($"Waited in vain until {what()}.");
        }
    }
}
