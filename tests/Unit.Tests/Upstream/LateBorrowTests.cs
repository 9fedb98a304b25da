using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Gateway.Chat;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Leases;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class LateBorrowTests : IAsyncDisposable
{
    private static readonly PlainProtector Protector = new();

    private readonly PocketTokenPool _pool = new PocketTokenPool(Protector).Add(1, "secret", slots: 100);
    private readonly StopSignal _stop = new(TimeProvider.System);
    private readonly LeaseSettler _settler;
    private readonly LeaseRenewer _renewer;

    public LateBorrowTests()
    {
        _settler = new LeaseSettler(_pool, _stop, TimeProvider.System, NullLogger<LeaseSettler>.Instance);
        _renewer = new LeaseRenewer(_pool, TimeProvider.System, NullLogger<LeaseRenewer>.Instance);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _settler.StopAsync(CancellationToken.None);
        await _renewer.StopAsync(CancellationToken.None);
        _renewer.Dispose();
        _stop.Dispose();
    }

    [Theory, InlineData(1), InlineData(2)]
    public async Task A_late_reply_is_asked_for_again_by_its_id_and_its_lease_is_used_once(int late)
    {
        await _settler.StartAsync(Cancel);
        var leasing = new LateLeasing(_pool, late);
        var leases = 0;
        await foreach (var lease in Borrow(leasing))
        {
            leases++;
            await lease.DisposeAsync();
            break;
        }

        await _pool.UntilAsync(p => p.Open == 0, Cancel);
        Assert.Equal((1, late + 1), (leases, leasing.BorrowIds.Count));
        Assert.Single(leasing.BorrowIds.Distinct());
        Assert.Single(_pool.Settlements);
    }

    [Fact]
    public async Task The_third_late_reply_ends_the_request_as_unavailable()
    {
        var leasing = new LateLeasing(_pool, 3);
        var failed = await Assert.ThrowsAsync<RpcException>(async () => await Borrow(leasing).GetAsyncEnumerator(Cancel).MoveNextAsync());
        Assert.Equal(3, leasing.BorrowIds.Count);
        Assert.Equal(503, ChatFailure.From(failed).Status);
    }

    private IAsyncEnumerable<Lease> Borrow(ITokenLeasing leasing)
    {
        var settings = new SettingsSnapshot();
        var borrower = new TokenBorrower(leasing, new OpenedSecrets(Protector), new LeaseDesk(_settler, _renewer, _stop), TimeProvider.System, NullLogger<TokenBorrower>.Instance);
        var route = new Route { Provider = "grok_web", Pools = { "basic" } };
        return borrower.BorrowInTurnAsync(new BorrowTurn(new ChatCall(), [route], settings, new RetryPlan(settings, TimeProvider.System)), Cancel);
    }

    /// <summary>A pool whose first replies to Borrow come too late: it has granted, and nobody heard it.</summary>
    private sealed class LateLeasing(ITokenLeasing pool, int late) : ITokenLeasing
    {
        private readonly Dictionary<string, BorrowReply> _granted = [];

        public List<string> BorrowIds { get; } = [];

        public async Task<BorrowReply> BorrowAsync(BorrowRequest request, CancellationToken cancellationToken)
        {
            BorrowIds.Add(request.BorrowId);
            // As the real pool: the same id has the same grant.
            if (!_granted.TryGetValue(request.BorrowId, out var reply))
                _granted[request.BorrowId] = reply = await pool.BorrowAsync(request, cancellationToken);
            return BorrowIds.Count > late ? reply : throw new RpcException(new Status(StatusCode.DeadlineExceeded, "late"));
        }

        public Task<SettleReply> SettleAsync(SettleRequest request, CancellationToken cancellationToken) => pool.SettleAsync(request, cancellationToken);

        public Task<RenewReply> RenewAsync(RenewRequest request, CancellationToken cancellationToken) => pool.RenewAsync(request, cancellationToken);
    }
}
