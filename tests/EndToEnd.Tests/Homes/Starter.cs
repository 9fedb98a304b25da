using System.Collections.Concurrent;
using System.Diagnostics;

namespace GrokForge.EndToEnd.Tests.Homes;

/// <summary>Starts processes that end together with the test process, however that ends.</summary>
/// <remarks>Linux sends the parent-death signal when the starting thread ends, not the process: so one thread that never ends starts them all.</remarks>
internal static class Starter
{
    private const string Guard = "/usr/bin/setpriv";
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Started)> Wishes = [];

    static Starter()
    {
        new Thread(Work) { IsBackground = true, Name = "process starter" }.Start();
    }

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        if (File.Exists(Guard))
        {
            string[] words = ["--pdeathsig", "KILL", start.FileName, .. start.ArgumentList];
            start.FileName = Guard;
            start.ArgumentList.Clear();
            foreach (var word in words)
                start.ArgumentList.Add(word);
        }

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Wishes.Add((start, started));
        return started.Task;
    }

    private static void Work()
    {
        foreach (var (start, started) in Wishes.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start."));
            }
            catch (Exception e)
            {
                started.SetException(e);
            }
        }
    }
}
