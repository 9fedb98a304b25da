using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Clearance;

/// <summary>Reaches the owner of <see cref="IClearances"/> over gRPC.</summary>
public sealed class RemoteClearances(Clearances.ClearancesClient client) : IClearances
{
    public Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.CurrentAsync, request, CallLimits.Admin, cancellationToken);

    public Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ChallengeAsync, request, CallLimits.Admin, cancellationToken);
}
