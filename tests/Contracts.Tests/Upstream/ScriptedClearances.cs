using System.Collections.Concurrent;
using Google.Protobuf;
using GrokForge.Contracts.Clearance;
using GrokForge.TestKit;

namespace GrokForge.Contracts.Tests.Upstream;

/// <summary>Clearances as a test says: what is in force, and what a challenge brings.</summary>
internal sealed class ScriptedClearances : IClearances
{
    private int _version;

    /// <summary>What is in force.</summary>
    public ClearanceReply Current { get; set; } = new();

    /// <summary>What a challenge brings, or waits for; null: nothing.</summary>
    public Func<Task<ClearanceReply>>? OnChallenge { get; set; }

    public ConcurrentQueue<ChallengeRequest> Challenges { get; } = [];

    /// <summary>A clearance of the next version.</summary>
    public ClearanceReply Of(string clearance, string userAgent) => new()
    {
        Available = true,
        Version = $"{Interlocked.Increment(ref _version)}",
        ProtectedCookies = ByteString.CopyFrom(new PlainProtector().Protect($"cf_clearance={clearance}; __cf_bm=b; i18nextLng=en; sso=other")),
        UserAgent = userAgent,
        Browser = "chrome_142",
    };

    public Task<ClearanceReply> CurrentAsync(CurrentClearanceRequest request, CancellationToken cancellationToken) => Task.FromResult(Current);

    public async Task<ClearanceReply> ChallengeAsync(ChallengeRequest request, CancellationToken cancellationToken)
    {
        Challenges.Enqueue(request.Clone());
        if (OnChallenge is not null)
            Current = await OnChallenge();
        return Current;
    }
}
