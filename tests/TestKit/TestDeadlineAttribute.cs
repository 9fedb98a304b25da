using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Xunit;
using Xunit.v3;

namespace GrokForge.TestKit;

/// <summary>Keeps a run from waiting in vain: a test that takes too long has its token cancelled, and a process in which nothing begins or ends any more exits, naming what it ran.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class TestDeadlineAttribute : BeforeAfterTestAttribute
{
    // Whoever has faults made for longer waits longer for the tests that make them.
    private static readonly TimeSpan Longer = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("GROKFORGE_CHAOS_SECONDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : 0);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3) + Longer;
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5) + Longer;

    private static readonly ConcurrentDictionary<string, (string Name, Timer Timer)> Running = new();
    private static readonly Timer Watch = new(_ => Exit(), null, Silence, Timeout.InfiniteTimeSpan);

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        Watch.Change(Silence, Timeout.InfiniteTimeSpan);
        var context = TestContext.Current;
        Running[test.UniqueID] = (test.TestDisplayName, new Timer(_ => context.CancelCurrentTest(), null, Deadline, Timeout.InfiniteTimeSpan));
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        Watch.Change(Silence, Timeout.InfiniteTimeSpan);
        if (Running.TryRemove(test.UniqueID, out var running))
            running.Timer.Dispose();
    }

    private static void Exit()
    {
        var names = Running.Values.Select(r => r.Name).DefaultIfEmpty("no test, but a fixture or a disposal");
        Console.Error.WriteLine($"Nothing has begun or ended for {Silence.TotalMinutes} minutes, so this process exits. It is in: {string.Join(", ", names)}.");
        Environment.Exit(1);
    }
}
