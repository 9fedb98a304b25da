using System.Collections.Concurrent;

namespace GrokForge.Simulator.Records;

/// <summary>The requests received and the violations found, the newest of each.</summary>
internal sealed class RequestLog(ChangeSignal changes)
{
    private const int Kept = 5_000;

    private readonly ConcurrentQueue<ReceivedRequest> requests = new();
    private readonly ConcurrentQueue<Violation> violations = new();
    private long number;
    private long violationCount;

    public IReadOnlyList<ReceivedRequest> Requests => [.. requests];

    public IReadOnlyList<Violation> Violations => [.. violations];

    public long RequestCount => Interlocked.Read(ref number);

    public long ViolationCount => Interlocked.Read(ref violationCount);

    public long NextNumber() => Interlocked.Increment(ref number);

    public void Add(ReceivedRequest request)
    {
        Keep(requests, request);
        changes.Raise();
    }

    public void Add(Violation violation)
    {
        Interlocked.Increment(ref violationCount);
        Keep(violations, violation);
    }

    public void Clear()
    {
        requests.Clear();
        violations.Clear();
        Interlocked.Exchange(ref number, 0);
        Interlocked.Exchange(ref violationCount, 0);
    }

    private static void Keep<T>(ConcurrentQueue<T> queue, T item)
    {
        queue.Enqueue(item);
        while (queue.Count > Kept && queue.TryDequeue(out _))
        {
        }
    }
}

/// <summary>A deviation from the wire protocol that a request showed.</summary>
/// <param name="Request">Number of the request.</param>
/// <param name="Section">Section of the protocol, e.g. 2.2.</param>
/// <param name="Item">Header, cookie or body field.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record Violation(long Request, Surface Surface, string Section, string Item, string Problem)
{
    public override string ToString() => $"request {Request} ({Surface}) §{Section} {Item}: {Problem}";
}
