using GrokForge.Contracts.Calls;

namespace GrokForge.Contracts.Clearance;

/// <summary>Reaches the owner of <see cref="IClearances"/> over gRPC.</summary>
public sealed class RemoteClearances(Clearances.ClearancesClient client) : IClearances
{
    public Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.CurrentAsync, request, CallLimits.Admin, cancellationToken);

    public Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ChallengeAsync, request, Patience(request), cancellationToken);

    // The owner waits as long as it was asked to, and then still has to answer.
    private static TimeSpan Patience(ChallengeRequest request) =>
        CallLimits.Admin + TimeSpan.FromSeconds(double.IsFinite(request.WaitSeconds) ? Math.Clamp(request.WaitSeconds, 0, IClearances.LongestWaitSeconds) : 0);
}
