using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Health;

namespace GrokForge.Upstream.Leases;

/// <summary>Makes a lease of a grant: puts it on the list of those to be renewed and shows it where to settle.</summary>
internal sealed class LeaseDesk(LeaseSettler settler, LeaseRenewer renewer, StopSignal stop)
{
    /// <summary>Cancelled five seconds after the application began to stop.</summary>
    public CancellationToken Stopping => stop.StoppingPlusFive;

    public Lease Lend(Grant grant, Route route, string secret)
    {
        var lease = new Lease(grant, route, secret, settler, renewer);
        renewer.Track(lease);
        return lease;
    }
}
