using System.Collections.Concurrent;
using GrokForge.Simulator.Records;

namespace GrokForge.Simulator.Scripts;

/// <summary>Holds answers back until a test opens it.</summary>
public sealed class Gate
{
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChangeSignal changes;
    private int waiting;

    internal Gate(ChangeSignal changes) => this.changes = changes;

    /// <summary>Answers that wait here now.</summary>
    public int Waiting => Volatile.Read(ref waiting);

    /// <summary>Lets everyone pass, from now on.</summary>
    public void Open() => opened.TrySetResult();

    internal async Task PassAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref waiting);
        changes.Raise();
        try
        {
            await opened.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
            changes.Raise();
        }
    }
}

/// <summary>The gates by name; a gate exists from its first mention.</summary>
internal sealed class GateBook(ChangeSignal changes)
{
    private readonly ConcurrentDictionary<string, Gate> gates = new(StringComparer.Ordinal);

    public Gate this[string name] => gates.GetOrAdd(name, _ => new(changes));

    public IEnumerable<KeyValuePair<string, Gate>> All => gates;

    public void Clear()
    {
        foreach (var name in gates.Keys)
        {
            if (gates.TryRemove(name, out var gate))
            {
                gate.Open();
            }
        }
    }
}
