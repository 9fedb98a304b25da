using GrokForge.Simulator.Records;

namespace GrokForge.Simulator.GrokWeb;

/// <summary>A request being answered: keeps its record, its place in the in-flight count and its quota unit until it is disposed.</summary>
internal sealed class Exchange(ReceivedRequest request, SimulatedGrok grok, TimeProvider time) : IDisposable
{
    private bool counted;
    private bool unitTaken;

    public ReceivedRequest Request => request;

    /// <summary>Counts a chat request as in flight.</summary>
    public void Enter()
    {
        grok.Traffic.Enter(request.Token);
        counted = true;
    }

    /// <summary>Takes the quota unit of a chat request; false where its window is used up.</summary>
    public bool TryTakeUnit() => grok.Quota.TryTake(request.Token, request.Mode, out unitTaken);

    /// <summary>Takes the request out of the in-flight count, before the client can know that it is over.</summary>
    public void Leave()
    {
        if (counted)
        {
            counted = false;
            grok.Traffic.Leave(request.Token);
        }
    }

    /// <summary>A part of an answer is about to be sent: the unit is spent.</summary>
    public void MarkServed()
    {
        if (request.Surface is Surface.Chat && request.MarkServed())
        {
            grok.Traffic.Serve(request.Token, request.Mode);
            grok.Changes.Raise();
        }
    }

    public void MarkDisconnected()
    {
        request.DisconnectedAt ??= time.GetUtcNow();
        grok.Changes.Raise();
    }

    public void Dispose()
    {
        Leave();
        if (unitTaken && !request.Served)
        {
            grok.Quota.GiveBack(request.Token, request.Mode);
        }

        request.FinishedAt = time.GetUtcNow();
        grok.Changes.Raise();
    }
}
