using Google.Protobuf;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Protection;
using Grpc.Core;

namespace GrokForge.TestKit;

/// <summary>A token pool that fits in a test: lends its tokens in the order added, one slot each unless told otherwise, and keeps all it was told.</summary>
public sealed class PocketTokenPool(SecretProtector protector) : ITokenLeasing
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _tokens = [];
    private readonly Dictionary<string, Entry> _live = new(StringComparer.Ordinal);
    private readonly List<SettleRequest> _settlements = [];
    private readonly List<RenewRequest> _renewals = [];
    private readonly List<BorrowRequest> _wishes = [];
    private readonly Queue<NoToken> _refusals = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _failures;
    private int _leases;

    public IReadOnlyList<SettleRequest> Settlements => Read(() => _settlements.ToList());

    public IReadOnlyList<RenewRequest> Renewals => Read(() => _renewals.ToList());

    public IReadOnlyList<BorrowRequest> Wishes => Read(() => _wishes.ToList());

    /// <summary>Leases not settled yet.</summary>
    public int Open => Read(() => _live.Count);

    public IReadOnlyList<LeaseOutcome> Outcomes => [.. Settlements.Select(s => s.Outcome)];

    public PocketTokenPool Add(long id, string secret, int slots = 1) => Add(id, protector.Protect(secret), slots);

    public PocketTokenPool Add(long id, byte[] protectedSecret, int slots)
    {
        lock (_gate)
            _tokens.Add(new Entry(id, protectedSecret, slots));
        return this;
    }

    /// <summary>Answers the next wish so, whatever is free.</summary>
    public void RefuseNext(NoToken.Types.Reason reason, double retryAfter) => Read(() =>
    {
        _refusals.Enqueue(new NoToken { Reason = reason, RetryAfterSeconds = retryAfter });
        return 0;
    });

    /// <summary>Settlements and renewals fail so many times, as they do while the pool is away.</summary>
    public void FailNext(int times) => Read(() => _failures = times);

    /// <summary>How many of the failures that were asked for are still to come.</summary>
    public int FailuresLeft => Read(() => _failures);

    public async Task UntilAsync(Func<PocketTokenPool, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = Read(() => _changed.Task);
            if (condition(this))
                return;
            await changed.WaitAsync(cancellationToken);
        }
    }

    public Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken) => Task.FromResult(Change(() =>
    {
        _wishes.Add(request.Clone());
        if (_refusals.TryDequeue(out var refusal))
            return new BorrowReply { None = refusal };

        var candidates = _tokens.Where(t => !request.Excluded.Contains(t.Id)).ToList();
        if (candidates.Count == 0)
            return new BorrowReply { None = new NoToken { Reason = NoToken.Types.Reason.NoSuchPool } };
        if (candidates.Find(t => t.InFlight < t.Slots) is not { } token)
            return new BorrowReply { None = new NoToken { Reason = NoToken.Types.Reason.Busy, RetryAfterSeconds = 1 } };

        token.InFlight++;
        var id = $"lease-{++_leases}";
        _live.Add(id, token);
        return new BorrowReply
        {
            Grant = new Grant
            {
                LeaseId = id,
                TokenId = token.Id,
                Pool = request.Pools[0],
                TtlSeconds = 60,
                Generation = 3,
                ProtectedSecret = ByteString.CopyFrom(token.Secret),
            },
        };
    }));

    public Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken) => Task.FromResult(Change(() =>
    {
        FailIfAway();
        if (!_live.Remove(request.LeaseId, out var token))
            return new SettleReply { Result = SettleReply.Types.Result.AlreadySettled };
        token.InFlight--;
        _settlements.Add(request.Clone());
        return new SettleReply { Result = SettleReply.Types.Result.Applied };
    }));

    public Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken) => Task.FromResult(Change(() =>
    {
        _renewals.Add(request.Clone());
        FailIfAway();
        var reply = new RenewReply();
        reply.Lost.Add(request.LeaseIds.Where(id => !_live.ContainsKey(id)));
        return reply;
    }));

    private void FailIfAway()
    {
        if (_failures-- > 0)
            throw new RpcException(new Status(StatusCode.Unavailable, "The pool is away."));
        _failures = 0;
    }

    private T Read<T>(Func<T> read)
    {
        lock (_gate)
            return read();
    }

    private T Change<T>(Func<T> change)
    {
        lock (_gate)
        {
            try
            {
                return change();
            }
            finally
            {
                _changed.TrySetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private sealed class Entry(long id, byte[] secret, int slots)
    {
        public long Id => id;

        public byte[] Secret => secret;

        public int Slots => slots;

        public int InFlight { get; set; }
    }
}
