using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Administration;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Outcome = GrokForge.Contracts.Tokens.RefreshedToken.Types.Outcome;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Has windows read because an administrator asks, by the same readers and at the same pace as always, and waits a while for them.</summary>
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
        var before = (await LiveAsync(ids, cancellationToken)).ToDictionary(t => t.Id);
        long[] asked = [.. before.Values.Where(t => t.State == TokenState.Active && IsCounted(t)).Select(t => t.Id)];
        var pending = await WaitAsync(asked, before, cancellationToken);

        var shown = (await tokens.ReadAsync(ids, cancellationToken)).ToDictionary(t => t.Id);
        var reply = new RefreshTokensReply();
        reply.Tokens.AddRange(request.Ids.Select(id => Result(id, shown.GetValueOrDefault(id), asked, pending)));
        return reply;
    }

    /// <summary>Answers those that were not read in time.</summary>
    private async Task<HashSet<long>> WaitAsync(long[] asked, Dictionary<long, LedgerTokenView> before, CancellationToken cancellationToken)
    {
        HashSet<long> pending = [.. asked];
        var begun = pace.Time.GetTimestamp();
        if (asked.Length > 0)
            await ledger.WantRefreshAsync(asked, cancellationToken);
        while (pending.Count > 0)
        {
            // Taken before it is looked, so that its end is not missed.
            var ended = refresher.NextEnd;
            foreach (var token in await LiveAsync([.. pending], cancellationToken))
            {
                if (token.State != TokenState.Active || LastSeen(token) != LastSeen(before[token.Id]))
                    pending.Remove(token.Id);
            }
            // While nobody may read, nothing can be waited for.
            if (pending.Count == 0 || pace.Most == 0 || pace.Time.GetElapsedTime(begun) >= Patience)
                break;
            refresher.Wake();
            await Task.WhenAny(ended, Task.Delay(LookAgain, pace.Time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
        return pending;
    }

    private RefreshedToken Result(long id, TokenView? token, long[] asked, HashSet<long> pending)
    {
        var outcome = token is null ? Outcome.NotFound
            : token.Status != TokenStateNames.Active ? Outcome.NotActive
            : pending.Contains(id) ? Outcome.Waiting
            : asked.Contains(id) ? Outcome.Read
            : Outcome.NotCounted;
        return new RefreshedToken
        {
            Id = id,
            Outcome = outcome,
            Token = token,
            RetryAfterSeconds = outcome == Outcome.Waiting ? pace.Spacing.TotalSeconds : 0,
        };
    }

    private ValueTask<IReadOnlyList<LedgerTokenView>> LiveAsync(long[] ids, CancellationToken cancellationToken) => ledger.ReadAsync(ids, cancellationToken);

    private bool IsCounted(LedgerTokenView token) => token.Quotas.Any(q => q.Value.Limit > 0 && catalog.Current.FindMode(q.Key) is { Local: false });

    private static DateTimeOffset? LastSeen(LedgerTokenView token) => token.Quotas.Values.Max(q => q.ObservedAt);
}
