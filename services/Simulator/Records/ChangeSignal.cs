namespace GrokForge.Simulator.Records;

/// <summary>Wakes whoever waits for something to change in what was recorded.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Raise() => Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = Volatile.Read(ref next).Task;
            if (condition())
            {
                return;
            }

            await change.WaitAsync(cancellationToken);
        }
    }
}
