namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Awaits a condition that only asking can tell, as long as the test may run.</summary>
internal static class Until
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

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
