using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Leases;

namespace GrokForge.Upstream.Chat;

/// <summary>A request as the upstream is asked: as its client put it, then perhaps once more with the correction of a whole answer. Each is paid by a lease of its own.</summary>
internal sealed class AskedCall(ChatCall call)
{
    private Correction? _correction;
    private Served? _served;
    private IReadOnlyList<string> _files = [];
    private bool _wasInVain;

    public ChatCall Call { get; private set; } = call;

    /// <summary>What was uploaded with the token of the first answer need not be uploaded with it again.</summary>
    public void BeginOn(Lease lease)
    {
        if (_served?.TokenId == lease.TokenId && lease.UploadedFiles.Count == 0)
            lease.UploadedFiles.AddRange(_files);
    }

    /// <summary>Whether the answer is to be corrected instead of read. The upstream has counted its request, and will count the one that corrects it: that gets a lease of its own.</summary>
    public bool TakesBack(ChatAnswer answer, Lease lease, BorrowTurn turn, Attempt attempt)
    {
        if (answer.Correction is not { } correction)
            return false;
        attempt.Ended(lease.Succeeded());
        _wasInVain = _correction is not null;
        if (_wasInVain)
        {
            turn.End();
            return true;
        }

        (_correction, _files) = (correction, lease.UploadedFiles);
        _served = ServedBy(lease, 0);
        Call = correction.ApplyTo(Call);
        turn.AskAgain(lease.TokenId);
        return true;
    }

    public static Served ServedBy(Lease lease, int attempts) => new() { Route = lease.Route.Provider, TokenId = lease.TokenId, Pool = lease.Pool, Attempts = attempts };

    /// <summary>The end of a request that got no other answer: the first one where it may stand, else the reason.</summary>
    /// <param name="restarts">Whether a reader of the whole must forget what was sent so far.</param>
    public IEnumerable<ChatEvent> End(BorrowTurn turn, RetryPlan plan, bool restarts)
    {
        if (_correction is not { } correction)
            return [new ChatEvent { Failed = ChatFailures.Unserved(Call, turn, plan) }];

        var how = _wasInVain ? "corrected once" : $"and could not be corrected: the upstream {plan.LastRefusal?.What ?? "was not asked, as no token was left"}";
        if (correction.Otherwise is null)
            return [new ChatEvent { Failed = ChatFailures.Uncorrected(Call, turn, plan, correction.Failure with { What = $"{correction.Failure.What}, {how}" }) }];

        _served!.Attempts = plan.Attempts;
        return
        [
            .. restarts ? new[] { new ChatEvent { Restarted = new Restarted() } } : [],
            new ChatEvent { Served = _served },
            .. correction.Otherwise,
            new ChatEvent { Remark = new Remark { Text = $"The upstream {correction.Failure.What}, {how}." } },
            new ChatEvent { Finished = new Finished { FinishReason = "stop" } },
        ];
    }
}
