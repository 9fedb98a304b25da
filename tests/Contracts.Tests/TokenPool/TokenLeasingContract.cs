using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What every home of leasing does.</summary>
public abstract class TokenLeasingContract
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract Task<PoolUnderTest> StartAsync(TokenOptions? options = null);

    [Fact]
    public async Task A_grant_carries_the_encrypted_secret()
    {
        await using var pool = await StartAsync();
        var secret = PoolUnderTest.NewSecret();
        var lines = new[] { new ImportTokenLine { Text = secret, Pool = "basic" } }.ToAsyncEnumerable();
        var imported = await pool.Admin.ImportAsync(lines, Cancellation).SingleAsync(Cancellation);

        var grant = await pool.GrantAsync();

        Assert.Equal(imported.TokenId, grant.TokenId);
        Assert.Equal("basic", grant.Pool);
        Assert.Equal(60, grant.TtlSeconds);
        Assert.Equal(secret, pool.Get<ServiceDefaults.Protection.SecretProtector>().Unprotect(grant.ProtectedSecret.Span));
    }

    [Fact]
    public async Task A_repeated_borrow_gets_the_same_lease()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync(2);

        var first = await pool.BorrowAsync(borrowId: "same");
        var second = await pool.BorrowAsync(borrowId: "same");

        Assert.Equal(first.Grant, second.Grant);
        Assert.Equal(1, (await pool.GetAsync(first.Grant.TokenId)).Inflight);
    }

    [Fact]
    public async Task A_borrow_id_is_new_again_after_its_lease_was_settled()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();
        var first = await pool.BorrowAsync(borrowId: "same");
        await pool.SettleAsync(first.Grant, LeaseOutcome.Succeeded);

        var second = await pool.BorrowAsync(borrowId: "same");

        Assert.NotEqual(first.Grant.LeaseId, second.Grant.LeaseId);
    }

    [Fact]
    public async Task A_settled_lease_frees_its_slot()
    {
        await using var pool = await StartAsync(new TokenOptions { MaxInflight = 1 });
        await pool.ImportAsync();
        var grant = await pool.GrantAsync();

        Assert.Equal(NoToken.Types.Reason.Busy, (await pool.BorrowAsync()).None.Reason);
        Assert.Equal(SettleReply.Types.Result.Applied, await pool.SettleAsync(grant, LeaseOutcome.Succeeded));
        await pool.GrantAsync();
    }

    [Fact]
    public async Task The_first_settlement_wins()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var grant = await pool.GrantAsync();

        await pool.SettleAsync(grant, LeaseOutcome.Succeeded);

        Assert.Equal(SettleReply.Types.Result.AlreadySettled, await pool.SettleAsync(grant, LeaseOutcome.TokenInvalid));
        Assert.Equal("active", (await pool.GetAsync(id)).Status);
    }

    [Fact]
    public async Task An_unknown_lease_counts_as_settled()
    {
        await using var pool = await StartAsync();

        var reply = await pool.Leasing.SettleAsync(new SettleRequest { LeaseId = "1:2:3:4", Outcome = LeaseOutcome.Succeeded }, Cancellation);

        Assert.Equal(SettleReply.Types.Result.AlreadySettled, reply.Result);
    }

    [Fact]
    public async Task An_expired_lease_frees_its_slot_and_keeps_its_unit()
    {
        await using var pool = await StartAsync(new TokenOptions { MaxInflight = 1 });
        var id = (await pool.ImportAsync())[0];
        await pool.GrantAsync();

        await pool.MoveTimeAsync(TimeSpan.FromSeconds(61));

        var view = await pool.GetAsync(id);
        Assert.Equal((0, 6), (view.Inflight, view.Quotas["auto"].Remaining));
        await pool.GrantAsync();
    }

    [Fact]
    public async Task A_settlement_after_the_expiry_still_refunds()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var grant = await pool.GrantAsync();
        await pool.MoveTimeAsync(TimeSpan.FromSeconds(61));

        Assert.Equal(SettleReply.Types.Result.Late, await pool.SettleAsync(grant, LeaseOutcome.UpstreamUnavailable));

        var view = await pool.GetAsync(id);
        Assert.Equal((0, 7), (view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task A_renewed_lease_lives_on()
    {
        await using var pool = await StartAsync(new TokenOptions { MaxInflight = 1 });
        await pool.ImportAsync();
        var grant = await pool.GrantAsync();

        for (var i = 0; i < 4; i++)
        {
            await pool.MoveTimeAsync(TimeSpan.FromSeconds(20));
            Assert.Empty((await pool.Leasing.RenewAsync(new RenewRequest { LeaseIds = { grant.LeaseId } }, Cancellation)).Lost);
        }

        Assert.Equal(NoToken.Types.Reason.Busy, (await pool.BorrowAsync()).None.Reason);
        Assert.Equal(SettleReply.Types.Result.Applied, await pool.SettleAsync(grant, LeaseOutcome.Succeeded));
    }

    [Fact]
    public async Task A_renewal_names_the_leases_that_are_lost()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();
        var lost = await pool.GrantAsync();
        await pool.MoveTimeAsync(TimeSpan.FromSeconds(61));
        var alive = await pool.GrantAsync();

        var reply = await pool.Leasing.RenewAsync(new RenewRequest { LeaseIds = { lost.LeaseId, alive.LeaseId } }, Cancellation);

        Assert.Equal([lost.LeaseId], reply.Lost);
    }

    [Fact]
    public async Task A_token_disabled_during_a_request_stays_disabled_after_its_success()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var grant = await pool.GrantAsync();
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "disabled" }, Cancellation);

        Assert.Equal(SettleReply.Types.Result.Applied, await pool.SettleAsync(grant, LeaseOutcome.Succeeded));

        Assert.Equal("disabled", (await pool.GetAsync(id)).Status);
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync()).None.Reason);
    }

    [Fact]
    public async Task An_outcome_from_before_an_edit_does_not_end_the_token()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var grant = await pool.GrantAsync();
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "active" }, Cancellation);

        await pool.SettleAsync(grant, LeaseOutcome.TokenInvalid);

        Assert.Equal("active", (await pool.GetAsync(id)).Status);
    }

    [Fact]
    public async Task An_excluded_token_is_not_lent()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(2);

        var reply = await pool.BorrowAsync(excluded: [ids[0]]);
        var none = await pool.BorrowAsync(excluded: ids);

        Assert.Equal(ids[1], reply.Grant.TokenId);
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, none.None.Reason);
    }

    [Fact]
    public async Task Pools_are_tried_in_the_order_given()
    {
        await using var pool = await StartAsync();
        var basic = (await pool.ImportAsync())[0];
        var super = (await pool.ImportAsync(pool: "super"))[0];

        Assert.Equal(basic, (await pool.GrantAsync("auto", "basic", "super")).TokenId);
        Assert.Equal(super, (await pool.GrantAsync("auto", "super", "basic")).TokenId);
    }

    [Fact]
    public async Task Nothing_below_the_floor_is_lent()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();

        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync(pools: ["super", "heavy"])).None.Reason);
    }

    [Fact]
    public async Task Unknown_pools_are_no_pools()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();

        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync(pools: ["gold"])).None.Reason);
    }

    [Fact]
    public async Task An_unknown_mode_has_no_units()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();

        Assert.Equal(NoToken.Types.Reason.Exhausted, (await pool.BorrowAsync(scope: "unheard")).None.Reason);
    }

    [Fact]
    public async Task A_mode_without_units_says_when_it_refills()
    {
        await using var pool = await StartAsync(new TokenOptions { MaxInflight = 0 });
        await pool.ImportAsync();
        for (var i = 0; i < 7; i++)
            await pool.GrantAsync();

        var none = (await pool.BorrowAsync()).None;

        Assert.Equal(NoToken.Types.Reason.Exhausted, none.Reason);
        Assert.InRange(none.RetryAfterSeconds, 7100, 7200);
        await pool.MoveTimeAsync(TimeSpan.FromHours(2));
        await pool.GrantAsync();
    }

    [Fact]
    public async Task A_429_empties_one_mode_until_the_upstream_s_own_time()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.QuotaExhausted, resumeAfter: 90);

        var none = (await pool.BorrowAsync()).None;
        Assert.Equal(NoToken.Types.Reason.Exhausted, none.Reason);
        Assert.InRange(none.RetryAfterSeconds, 80, 90);
        Assert.Equal("active", (await pool.GetAsync(id)).DisplayStatus);
        await pool.GrantAsync("fast");
        await pool.MoveTimeAsync(TimeSpan.FromSeconds(91));
        await pool.GrantAsync();
    }

    [Fact]
    public async Task A_token_that_a_picture_model_refused_rests_for_that_model_alone()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(2, "super");
        var refused = await pool.GrantAsync("rest/grok-imagine-image", "super");
        var other = ids.Single(id => id != refused.TokenId);

        await pool.SettleAsync(refused, LeaseOutcome.QuotaExhausted, resumeAfter: 90);

        Assert.Equal(other, (await pool.GrantAsync("rest/grok-imagine-image", "super")).TokenId);
        Assert.Equal(other, (await pool.GrantAsync("rest/grok-imagine-image", "super")).TokenId);
        var none = (await pool.BorrowAsync("rest/grok-imagine-image", excluded: [other], pools: "super")).None;
        Assert.Equal(NoToken.Types.Reason.Exhausted, none.Reason);
        Assert.InRange(none.RetryAfterSeconds, 1, 90);
        Assert.Equal(refused.TokenId, (await pool.BorrowAsync("auto", excluded: [other], pools: "super")).Grant.TokenId);
        await pool.MoveTimeAsync(TimeSpan.FromSeconds(91));
        Assert.Equal(refused.TokenId, (await pool.BorrowAsync("rest/grok-imagine-image", excluded: [other], pools: "super")).Grant.TokenId);
    }

    [Theory]
    [InlineData(LeaseOutcome.TokenInvalid, "expired")]
    [InlineData(LeaseOutcome.TokenBlocked, "disabled")]
    public async Task A_token_that_the_upstream_refuses_for_good_leaves_with_its_reason(LeaseOutcome outcome, string status)
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        await pool.MoveTimeAsync(TimeSpan.FromSeconds(10));
        await pool.SettleAsync(await pool.GrantAsync(), outcome, detail: "the\r\nupstream's words");
        await pool.FlushAsync();

        var view = await pool.GetAsync(id);
        Assert.InRange(view.UpdatedAt, view.CreatedAt + 10, long.MaxValue);
        Assert.Equal((status, "the upstream's words"), (view.Status, view.StatusReason));
        Assert.Equal(7, view.Quotas["auto"].Remaining);
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync()).None.Reason);
    }

    [Fact]
    public async Task Failures_in_a_row_disable_a_token_and_a_success_forgives_them()
    {
        await using var pool = await StartAsync(new TokenOptions { FailThreshold = 2 });
        var id = (await pool.ImportAsync())[0];

        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenRejected);
        Assert.Equal(1, (await pool.GetAsync(id)).FailCount);
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.Succeeded);
        Assert.Equal(0, (await pool.GetAsync(id)).FailCount);
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenRejected);
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenRejected, detail: "403 again");

        var view = await pool.GetAsync(id);
        Assert.Equal(("disabled", "403 again"), (view.Status, view.StatusReason));
    }

    [Theory]
    [InlineData(LeaseOutcome.ChallengeHit)]
    [InlineData(LeaseOutcome.UpstreamUnavailable)]
    [InlineData(LeaseOutcome.RefusedByPolicy)]
    [InlineData(LeaseOutcome.Abandoned)]
    public async Task What_is_not_the_token_s_fault_leaves_it_untouched(LeaseOutcome outcome)
    {
        await using var pool = await StartAsync(new TokenOptions { FailThreshold = 1 });
        var id = (await pool.ImportAsync())[0];

        await pool.SettleAsync(await pool.GrantAsync(), outcome);

        var view = await pool.GetAsync(id);
        Assert.Equal(("active", 0, 0, 7), (view.Status, view.FailCount, view.Inflight, view.Quotas["auto"].Remaining));
    }

    [Fact]
    public async Task An_untracked_request_takes_no_units()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        await pool.GrantAsync("");

        Assert.Equal((1, 7), ((await pool.GetAsync(id)).Inflight, (await pool.GetAsync(id)).Quotas["auto"].Remaining));
    }

    [Theory]
    [InlineData("", 1, 0)]
    [InlineData("id", -1, 0)]
    [InlineData("id", 1, -1)]
    public async Task A_malformed_wish_is_a_bug_of_the_caller(string borrowId, int units, int ttl)
    {
        await using var pool = await StartAsync();
        var request = new BorrowRequest { BorrowId = borrowId, Pools = { "basic" }, Units = units, TtlSeconds = ttl };

        var e = await Assert.ThrowsAsync<RpcException>(() => pool.Leasing.BorrowAsync(request, Cancellation));

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task A_settlement_without_outcome_is_a_bug_of_the_caller()
    {
        await using var pool = await StartAsync();

        var e = await Assert.ThrowsAsync<RpcException>(() => pool.Leasing.SettleAsync(new SettleRequest { LeaseId = "1" }, Cancellation));

        Assert.Equal(StatusCode.InvalidArgument, e.StatusCode);
    }

    [Fact]
    public async Task A_cancelled_borrow_is_a_cancellation()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var request = new BorrowRequest { BorrowId = "1", Pools = { "basic" }, Scope = "auto" };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pool.Leasing.BorrowAsync(request, cancelled.Token));
    }
}
