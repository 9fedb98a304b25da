using GrokForge.Contracts.Quotas;
using Grpc.Core;

namespace GrokForge.Upstream.Probes;

/// <summary>The gRPC door of token probes.</summary>
internal sealed class UpstreamProbesRpc(IUpstreamProbes probes) : UpstreamProbes.UpstreamProbesBase
{
    public override Task<ProbeReply> Try(ProbeRequest request, ServerCallContext context) => probes.TryAsync(request, context.CancellationToken);
}
