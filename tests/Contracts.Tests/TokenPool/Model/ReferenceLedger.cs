using GrokForge.TokenPool.Ledger;

namespace GrokForge.Contracts.Tests.TokenPool.Model;

/// <summary>One mode of one token, as the reference sees it.</summary>
internal sealed class ReferenceLane
{
    public int Left;
    public int Limit;
    public int Epoch;
    public long Pick;
    public long ResumeAt;
}

/// <summary>One token, as the reference sees it.</summary>
internal sealed class ReferenceToken
{
    public required long Id;
    public required string Pool;
    public int Tier;
    public int Cap;
    public TokenState State;
    public string Reason = "";
    public int Generation;
    public int Fails;
    public int Inflight;
    public long UsedAt;
    public long Rev;
    public required ReferenceLane[] Lanes;
}

/// <summary>One lease, as the reference sees it.</summary>
internal sealed record ReferenceLease(string Id, ReferenceToken Token, int Lane, int Epoch, int Units, int Generation, string Pool, long GrantedAt, long Ttl, string BorrowId)
{
    public long DueAt { get; set; } = GrantedAt + Ttl;
}

/// <summary>The ledger's meaning, told naively: every question is answered by looking at all tokens.</summary>
internal sealed partial class ReferenceLedger(LedgerConfig config)
{
    private static readonly long RepeatMs = (long)LedgerLimits.RepeatWindow.TotalMilliseconds;
    private static readonly long LateMs = (long)LedgerLimits.LateWindow.TotalMilliseconds;
    private long picks = LedgerLimits.FirstPick;

    public LedgerConfig Config { get; set; } = config;

    public long Now { get; private set; }

    public SortedDictionary<long, ReferenceToken> Tokens { get; } = [];

    public Dictionary<string, ReferenceLease> Live { get; } = [];

    public Dictionary<string, ReferenceLease> Expired { get; } = [];

    /// <summary>By signal: the token lent last, and until when that counts.</summary>
    public Dictionary<string, (ReferenceToken Token, long Until)> Affinities { get; } = [];

    public HashSet<long> Changed { get; private set; } = [];

    public HashSet<long> Claimed { get; private set; } = [];

    public int LaneCount => Config.Lanes.Count + 1;

    public bool IsTracked(int lane) => lane > 0 && Config.Lanes[lane - 1].Tracked;

    public int LaneOf(string scope) => scope.Length == 0 ? 0 : Config.Lanes.ToList().FindIndex(l => l.Mode == scope) is var at && at >= 0 ? at + 1 : -1;

    public long WindowMs(int lane) => (long)(lane == 0 ? LedgerLimits.UntrackedCooldown : Config.Lanes[lane - 1].Window).TotalMilliseconds;

    public int CapOf(ReferenceToken token) => token.Cap < 0 ? Config.MaxInflight : token.Cap;

    public bool IsPenalised(ReferenceToken token) => Config.Penalty > TimeSpan.Zero && token.UsedAt + (long)Config.Penalty.TotalMilliseconds > Now;

    /// <summary>Whether the token could serve, leaving aside slots and exclusion.</summary>
    public bool HasUnits(ReferenceToken token, int lane, int units) =>
        token.State is TokenState.Active && (IsTracked(lane) ? token.Lanes[lane].Left >= units : token.Lanes[lane].ResumeAt <= Now);

    public bool HasSlot(ReferenceToken token) => CapOf(token) is var cap && (cap == 0 || token.Inflight < cap);

    /// <summary>Where tokens are drawn by lot all are alike.</summary>
    public double Score(ReferenceToken token, int lane) => Config.Algorithm switch
    {
        SelectionAlgorithm.HighQuotaFirst => token.Lanes[lane].Pick - (IsTracked(lane) ? token.Lanes[lane].Left * 4294967296.0 : 0),
        SelectionAlgorithm.RoundRobin => token.Lanes[lane].Pick,
        SelectionAlgorithm.LeastInflight => token.Lanes[lane].Pick + token.Inflight * 1099511627776.0,
        _ => 0,
    };

    /// <summary>What falls due until then happens: leases expire, windows refill, cool-downs end.</summary>
    public void AdvanceTo(long now)
    {
        Now = now;
        foreach (var lease in Live.Values.Where(l => l.DueAt <= now).ToList())
        {
            Live.Remove(lease.Id);
            Expired[lease.Id] = lease;
            if (IsPresent(lease))
                lease.Token.Inflight--;
        }
        foreach (var token in Tokens.Values)
        {
            for (var lane = 0; lane < LaneCount; lane++)
            {
                var record = token.Lanes[lane];
                if (record.ResumeAt == 0 || record.ResumeAt > now)
                    continue;
                record.ResumeAt = 0;
                if (IsTracked(lane))
                {
                    record.Left = record.Limit;
                    record.Epoch++;
                }
                Change(token);
            }
        }
    }

    public ReferenceLease? Repeat(string borrowId) =>
        Live.Values.Where(l => l.BorrowId == borrowId && borrowId.Length > 0 && IsPresent(l)).MaxBy(l => l.GrantedAt) is { } lease && Now < lease.GrantedAt + RepeatMs ? lease : null;

    /// <summary>Books a grant of this token.</summary>
    public ReferenceLease Take(string leaseId, ReferenceToken token, int lane, BorrowWish wish)
    {
        var record = token.Lanes[lane];
        var units = Math.Max(1, wish.Units);
        token.Inflight++;
        token.UsedAt = Now;
        record.Pick = ++picks;
        if (wish.Affinity.Length > 0 && Config.AffinityTtl > TimeSpan.Zero)
            Affinities[wish.Affinity] = (token, Now + (long)Config.AffinityTtl.TotalMilliseconds);
        if (IsTracked(lane))
        {
            record.Left -= units;
            if (record.Left == 0 && record.ResumeAt == 0)
                record.ResumeAt = Now + WindowMs(lane);
        }
        Change(token);
        var lease = new ReferenceLease(
            leaseId, token, lane, record.Epoch, units, token.Generation, token.Pool, Now, (long)(wish.Ttl ?? Config.LeaseTtl).TotalMilliseconds, wish.BorrowId);
        Live[leaseId] = lease;
        return lease;
    }

    public SettleResult Settle(string leaseId, Settlement settlement)
    {
        var live = Live.Remove(leaseId, out var lease);
        if (!live && !Expired.Remove(leaseId, out lease))
            return new SettleResult(SettleKind.AlreadySettled, 0, null);
        if (!IsPresent(lease!) || (!live && Now - lease!.DueAt > LateMs))
            return new SettleResult(SettleKind.AlreadySettled, 0, null);
        var token = lease!.Token;
        if (live)
            token.Inflight--;
        var changed = SettleUnits(lease, settlement);
        TokenState? next = null;
        if (settlement.Generation >= token.Generation)
        {
            var fails = settlement.Failed ? token.Fails + 1 : settlement.Succeeded ? 0 : token.Fails;
            changed |= fails != token.Fails;
            token.Fails = fails;
            if (token.State is TokenState.Active)
                next = settlement.NewState ?? (settlement.Failed && Config.FailThreshold > 0 && fails >= Config.FailThreshold ? TokenState.Disabled : null);
        }
        if (next is { } state)
        {
            token.State = state;
            token.Reason = settlement.Reason;
            changed = true;
        }
        if (changed)
            Change(token);
        return new SettleResult(live ? SettleKind.Applied : SettleKind.Late, token.Id, next)
        {
            Rev = changed ? token.Rev : 0,
            Scope = lease.Lane == 0 ? "" : Config.Lanes[lease.Lane - 1].Mode,
            Units = lease.Units,
        };
    }

    public void Renew(string leaseId)
    {
        if (Live.TryGetValue(leaseId, out var lease))
            lease.DueAt = Now + lease.Ttl;
    }

    public bool IsPresent(ReferenceLease lease) => Tokens.TryGetValue(lease.Token.Id, out var token) && ReferenceEquals(token, lease.Token);

    public void Change(ReferenceToken token)
    {
        token.Rev++;
        Changed.Add(token.Id);
    }

    /// <summary>What a write-behind may be given now.</summary>
    public HashSet<long> Claim()
    {
        if (Claimed.Count == 0)
            (Claimed, Changed) = (Changed, Claimed);
        return Claimed;
    }

    private bool SettleUnits(ReferenceLease lease, Settlement settlement)
    {
        var record = lease.Token.Lanes[lease.Lane];
        if (record.Epoch != lease.Epoch)
            return false;
        if (settlement.Exhausted)
        {
            record.Left = 0;
            record.Epoch++;
            if (settlement.ResumeAfter is { } said)
                record.ResumeAt = Now + (long)said.TotalMilliseconds;
            else if (record.ResumeAt == 0)
                record.ResumeAt = Now + WindowMs(lease.Lane);
            return true;
        }
        if (!settlement.Refund || !IsTracked(lease.Lane))
            return false;
        record.Left = Math.Min(record.Limit, record.Left + lease.Units);
        return true;
    }
}
