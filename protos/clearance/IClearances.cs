namespace GrokForge.Contracts.Clearance;

/// <summary>Cloudflare cookies with the user agent and egress they belong to.</summary>
public interface IClearances
{
    Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken);

    Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken);
}
