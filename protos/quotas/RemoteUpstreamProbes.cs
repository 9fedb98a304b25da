using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Quotas;

/// <summary>Reaches the owner of <see cref="IUpstreamProbes"/> over gRPC.</summary>
public sealed class RemoteUpstreamProbes(UpstreamProbes.UpstreamProbesClient client) : IUpstreamProbes
{
    public Task<ProbeReply> TryAsync(ProbeRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.TryAsync, request, CallLimits.Probe, cancellationToken);
}
