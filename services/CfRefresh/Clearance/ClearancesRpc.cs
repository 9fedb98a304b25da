using GrokForge.Contracts.Clearance;
using Grpc.Core;

namespace GrokForge.CfRefresh.Clearance;

/// <summary>The gRPC door of clearances.</summary>
internal sealed class ClearancesRpc(IClearances clearances) : Clearances.ClearancesBase
{
    public override Task<ClearanceReply> Current(CurrentClearanceRequest request, ServerCallContext context) => clearances.CurrentAsync(request, context.CancellationToken);

    public override Task<ClearanceReply> Challenge(ChallengeRequest request, ServerCallContext context) => clearances.ChallengeAsync(request, context.CancellationToken);
}
