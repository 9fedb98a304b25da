using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Administration;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Outcome = GrokForge.Contracts.Tokens.RefreshedToken.Types.Outcome;
using Wait = GrokForge.Contracts.Tokens.RefreshedToken.Types.Wait;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Has windows read because an administrator asks, by the same readers and at the same pace as always, and waits a while for those that may be read now.</summary>
internal sealed class RefreshOnRequest(ILedger ledger, QuotaRefresher refresher, RefreshPace pace, ShownTokens tokens, CurrentCatalog catalog)
{
    private const int MostTokens = 1000;

    /// <summary>Within the time that a call of administration may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Another replica may be the one that reads.
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(250);

    public async Task<RefreshTokensReply> RefreshAsync(RefreshTokensRequest request, CancellationToken cancellationToken)
    {
        if (request.Ids.Count is 0 or > MostTokens)
            throw AdminErrors.Invalid("ids", $"must be 1 to {MostTokens} tokens.");

        long[] ids = [.. request.Ids.Distinct()];
        var asked = (await ledger.ReadAsync(ids, cancellationToken)).Where(t => t.State == TokenState.Active && IsCounted(t)).ToDictionary(t => t.Id, t => new Asked(LastSeen(t)));
        var inTurn = await WaitAsync(asked, cancellationToken);

        var shown = (await tokens.ReadAsync(ids, cancellationToken)).ToDictionary(t => t.Id);
        var reply = new RefreshTokensReply();
        reply.Tokens.AddRange(request.Ids.Select(id => Result(id, shown.GetValueOrDefault(id), asked.GetValueOrDefault(id), inTurn)));
        return reply;
    }

    /// <summary>Looks at the tokens until each has been read, may not be asked about yet, or the patience is at its end.</summary>
    /// <returns>How long those that are still in turn may take, going by the others.</returns>
    private async Task<TimeSpan> WaitAsync(Dictionary<long, Asked> asked, CancellationToken cancellationToken)
    {
        var begun = pace.Time.GetTimestamp();
        if (asked.Count > 0)
            await ledger.WantRefreshAsync([.. asked.Keys], cancellationToken);
        while (true)
        {
            // Taken before it is looked, so that its end is not missed.
            var ended = refresher.NextEnd;
            var open = asked.Where(a => !a.Value.IsDone).ToDictionary();
            foreach (var token in await ledger.ReadAsync([.. open.Keys], cancellationToken))
            {
                open.Remove(token.Id, out var one);
                one!.Look(token, LastSeen(token), IsSeen(token));
            }
            foreach (var deleted in open.Values)
                deleted.IsDone = true;
            var left = asked.Values.Count(a => !a.IsDone);
            var passed = pace.Time.GetElapsedTime(begun);
            // While nobody may read, nothing can be waited for.
            if (left == 0 || pace.Most == 0 || passed >= Patience)
                return left == asked.Count ? QuotaRefresher.LongestReading : passed * left / (asked.Count - left);
            refresher.Wake();
            await Task.WhenAny(ended, Task.Delay(LookAgain, pace.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private RefreshedToken Result(long id, TokenView? token, Asked? asked, TimeSpan inTurn)
    {
        var outcome = token is null ? Outcome.NotFound
            : token.Status != TokenStateNames.Active ? Outcome.NotActive
            : asked is null ? Outcome.NotCounted
            : asked.IsRead ? Outcome.Read
            : Outcome.Waiting;
        var result = new RefreshedToken { Id = id, Outcome = outcome, Token = token };
        if (outcome == Outcome.Read && !asked!.IsNew)
            result.RetryAfterSeconds = asked.Rest.TotalSeconds;
        if (outcome == Outcome.Waiting)
            (result.Wait, result.RetryAfterSeconds) = WaitOf(asked!, inTurn);
        return result;
    }

    private (Wait Wait, double Seconds) WaitOf(Asked asked, TimeSpan inTurn)
    {
        if (pace.IsOff)
            return (Wait.Off, 0);
        var pause = pace.PauseLeft;
        if (asked.Rest > pause)
            return (Wait.Resting, asked.Rest.TotalSeconds);
        return pause > TimeSpan.Zero ? (Wait.Paused, pause.TotalSeconds) : (Wait.InTurn, inTurn.TotalSeconds);
    }

    private bool IsCounted(LedgerTokenView token) => token.Quotas.Any(IsCounted);

    private bool IsCounted(KeyValuePair<string, LedgerQuota> mode) => mode.Value.Limit > 0 && catalog.Current.FindMode(mode.Key) is { Local: false };

    /// <summary>Whether the upstream has told all that it counts.</summary>
    private bool IsSeen(LedgerTokenView token) => token.Quotas.Where(IsCounted).All(q => q.Value.ObservedAt is not null);

    private static DateTimeOffset? LastSeen(LedgerTokenView token) => token.Quotas.Values.Max(q => q.ObservedAt);

    /// <summary>A token that is asked about.</summary>
    /// <param name="before">When the upstream had last told a window of it.</param>
    private sealed class Asked(DateTimeOffset? before)
    {
        /// <summary>Nothing more comes of waiting for it.</summary>
        public bool IsDone { get; set; }

        /// <summary>All its windows were read: now, or so shortly before that they are not read again yet.</summary>
        public bool IsRead { get; private set; }

        public bool IsNew { get; private set; }

        public TimeSpan Rest { get; private set; }

        public void Look(LedgerTokenView token, DateTimeOffset? seen, bool isWhole)
        {
            (IsNew, Rest) = (seen != before, token.RefreshRest);
            IsDone = IsNew || Rest > TimeSpan.Zero || token.State != TokenState.Active;
            IsRead = IsDone && isWhole && token.RefreshFailures == 0;
        }
    }
}
