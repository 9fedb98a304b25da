namespace GrokForge.Contracts.Clearance;

/// <summary>Cloudflare cookies with the user agent and egress they belong to.</summary>
public interface IClearances
{
    /// <summary>The longest that a challenge may ask to wait.</summary>
    const double LongestWaitSeconds = 300;

    /// <summary>What is in force for an egress, and how solving goes.</summary>
    Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken);

    /// <summary>Reports that <c>version_seen</c> met a challenge. Answers at once where there is another clearance by now or nothing is being solved, else when the solve ends or the wait is over.</summary>
    Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken);
}
