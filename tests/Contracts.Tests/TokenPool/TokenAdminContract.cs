using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;
using Outcome = GrokForge.Contracts.Tokens.ImportTokenResult.Types.Outcome;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>What every home of token administration does.</summary>
public abstract class TokenAdminContract
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected abstract Task<PoolUnderTest> StartAsync(TokenOptions? options = null);

    [Fact]
    public async Task An_imported_token_has_the_quotas_of_its_pool()
    {
        await using var pool = await StartAsync();

        var view = await pool.GetAsync((await pool.ImportAsync(pool: "super"))[0]);

        Assert.Equal(("super", "active", "active", -1), (view.Pool, view.Status, view.DisplayStatus, view.MaxInflight));
        Assert.Equal((50, 50), (view.Quotas["auto"].Remaining, view.Quotas["auto"].Limit));
        Assert.Equal(40, view.Quotas["fast"].Remaining);
    }

    [Fact]
    public async Task Every_line_gets_its_result_in_the_order_sent()
    {
        await using var pool = await StartAsync();
        var secret = PoolUnderTest.NewSecret();

        var results = await ImportAsync(pool, secret, "short", $" sso={secret}; Path=/\r", PoolUnderTest.NewSecret());

        Assert.Equal([Outcome.Added, Outcome.Invalid, Outcome.Duplicate, Outcome.Added], results.Select(r => r.Outcome));
        Assert.Equal([0, 1, 2, 3], results.Select(r => r.Index));
        Assert.Equal(results[0].TokenId, results[2].TokenId);
        Assert.Equal($"{secret[..4]}****{secret[^4..]}", results[0].Masked);
        Assert.NotEmpty(results[1].Message);
    }

    [Fact]
    public async Task A_stored_token_is_a_duplicate_in_the_next_import()
    {
        await using var pool = await StartAsync();
        var secret = PoolUnderTest.NewSecret();
        var first = await ImportAsync(pool, secret);

        var second = await ImportAsync(pool, $"sso={secret}");

        Assert.Equal((Outcome.Duplicate, first[0].TokenId), (second[0].Outcome, second[0].TokenId));
    }

    [Fact]
    public async Task More_than_one_batch_is_imported_completely()
    {
        await using var pool = await StartAsync();

        var ids = await pool.ImportAsync(1200);

        Assert.Equal(1200, ids.Distinct().Count());
        Assert.Equal(1200, (await pool.Admin.CountsAsync(new TokenCountsRequest(), Cancellation)).Active);
    }

    [Fact]
    public async Task Two_imports_of_the_same_tokens_at_once_store_each_once()
    {
        await using var pool = await StartAsync();
        string[] secrets = [.. Enumerable.Range(0, 700).Select(_ => PoolUnderTest.NewSecret())];

        var imports = await Task.WhenAll(ImportAsync(pool, secrets), ImportAsync(pool, secrets));

        Assert.Equal(imports[0].Select(r => r.TokenId), imports[1].Select(r => r.TokenId));
        Assert.Equal(700, imports[0].Select(r => r.TokenId).Distinct().Count());
        Assert.All(imports[0].Zip(imports[1]), pair => Assert.Equal([Outcome.Added, Outcome.Duplicate], new[] { pair.First.Outcome, pair.Second.Outcome }.Order()));
    }

    [Fact]
    public async Task Two_imports_of_the_same_tokens_in_opposite_orders_store_each_once()
    {
        await using var pool = await StartAsync();
        for (var round = 0; round < 6; round++)
        {
            string[] secrets = [.. Enumerable.Range(0, 500).Select(_ => PoolUnderTest.NewSecret())];
            var imports = await pool.WhileTimePassesAsync(Task.WhenAll(ImportAsync(pool, secrets), ImportAsync(pool, [.. Enumerable.Reverse(secrets)])));
            Assert.Equal(imports[0].Select(r => r.TokenId), Enumerable.Reverse(imports[1]).Select(r => r.TokenId));
            Assert.All(imports[0].Zip(Enumerable.Reverse(imports[1])), pair => Assert.Equal([Outcome.Added, Outcome.Duplicate], new[] { pair.First.Outcome, pair.Second.Outcome }.Order()));
        }
    }

    [Fact]
    public async Task A_dry_run_knows_a_token_again_after_many_others_and_stores_none()
    {
        await using var pool = await StartAsync();
        string[] secrets = [.. Enumerable.Range(0, 1200).Select(_ => PoolUnderTest.NewSecret())];
        var lines = secrets.Concat(secrets[..3]).Select(s => new ImportTokenLine { Text = s, Pool = "basic", DryRun = true });
        var results = await pool.Admin.ImportAsync(lines.ToAsyncEnumerable(), Cancellation).ToListAsync(Cancellation);
        Assert.Equal((1200, 3), (results.Count(r => r.Outcome == Outcome.Added), results.Count(r => r.Outcome == Outcome.Duplicate)));
        Assert.All(results.TakeLast(3), r => Assert.Equal(Outcome.Duplicate, r.Outcome));
        Assert.Equal(0, (await pool.Admin.CountsAsync(new TokenCountsRequest(), Cancellation)).Total);
    }

    [Fact]
    public async Task Imported_rows_hold_what_their_lines_say()
    {
        await using var pool = await StartAsync();
        var (first, second) = (PoolUnderTest.NewSecret(), PoolUnderTest.NewSecret());

        var results = await ImportAsync(
            pool, $$"""{"token":"{{first}}","pool":"ssoSuper","status":"disabled","priority":-3,"remark":"o'ne ü 😀"}""", second, $"sso={second}", "xai-" + PoolUnderTest.NewSecret());

        Assert.Equal([Outcome.Added, Outcome.Added, Outcome.Duplicate, Outcome.Added], results.Select(r => r.Outcome));
        Assert.Equal(results[1].TokenId, results[2].TokenId);
        Assert.True(results[0].TokenId < results[1].TokenId && results[1].TokenId < results[3].TokenId);
        var row = await pool.RowAsync(results[0].TokenId);
        Assert.Equal(("super", "Disabled", "imported as disabled", -3, "o'ne ü 😀"), (row.Pool, row.Status.ToString(), row.StatusReason, row.Priority, row.Remark));
        Assert.Equal((0, 0, 0L, 0L, false, "", ""), (row.FailCount, row.Generation, row.Rev, row.LastUsed, row.Exhausted, row.Recent, row.ProposedPool));
        Assert.Equal((-1, 0), (row.MaxInflight, (await pool.RowAsync(results[3].TokenId)).MaxInflight));
        Assert.Equal(row.CreatedAt, row.UpdatedAt);
        Assert.InRange(row.CreatedAt, pool.Time.GetUtcNow().AddSeconds(-60), pool.Time.GetUtcNow().AddSeconds(60));
        Assert.Contains("\"deep\":{\"left\":4,\"limit\":4", row.Quotas, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_token_is_gone_and_can_be_imported_again()
    {
        await using var pool = await StartAsync();
        var secret = PoolUnderTest.NewSecret();
        var old = (await ImportAsync(pool, secret))[0];

        Assert.True((await pool.Admin.DeleteAsync(new TokenRef { Id = old.TokenId }, Cancellation)).Deleted);
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync()).None.Reason);
        await AssertCodeAsync(StatusCode.NotFound, () => pool.GetAsync(old.TokenId));

        var again = (await ImportAsync(pool, secret))[0];
        Assert.Equal(Outcome.Added, again.Outcome);
        Assert.NotEqual(old.TokenId, again.TokenId);
        await pool.GrantAsync();
    }

    [Fact]
    public async Task A_lease_of_a_deleted_token_ends_as_already_settled()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        var grant = await pool.GrantAsync();
        await pool.Admin.DeleteAsync(new TokenRef { Id = id }, Cancellation);

        Assert.Equal(SettleReply.Types.Result.AlreadySettled, await pool.SettleAsync(grant, LeaseOutcome.Succeeded));
    }

    [Fact]
    public async Task A_disabled_import_is_not_lent_until_it_is_enabled()
    {
        await using var pool = await StartAsync();
        var line = new ImportTokenLine { Text = PoolUnderTest.NewSecret(), Pool = "basic", Status = "disabled", Remark = "spare" };
        var id = (await pool.Admin.ImportAsync(new[] { line }.ToAsyncEnumerable(), Cancellation).SingleAsync(Cancellation)).TokenId;

        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync()).None.Reason);
        var view = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "active" }, Cancellation);

        Assert.Equal(("active", "manual enable", "spare"), (view.Status, view.StatusReason, view.Remark));
        await pool.GrantAsync();
    }

    [Fact]
    public async Task Enabling_forgives_the_failures()
    {
        await using var pool = await StartAsync(new TokenOptions { FailThreshold = 1 });
        var id = (await pool.ImportAsync())[0];
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenRejected, detail: "403");

        var view = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "active" }, Cancellation);
        await pool.FlushAsync();

        Assert.Equal(("active", "manual enable", 0), (view.Status, view.StatusReason, view.FailCount));
        var row = await pool.RowAsync(id);
        Assert.Equal(("Active", "manual enable", 0), (row.Status.ToString(), row.StatusReason, row.FailCount));
        await pool.GrantAsync();
    }

    [Fact]
    public async Task A_disabled_token_says_why()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(2);

        var plain = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[0], Status = "disabled" }, Cancellation);
        var told = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[1], Status = "disabled", Reason = "sold" }, Cancellation);

        Assert.Equal(("manual disable", "sold"), (plain.StatusReason, told.StatusReason));
        var back = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[1], Status = "active", Reason = "bought back" }, Cancellation);
        var again = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[1], Status = "active" }, Cancellation);
        Assert.Equal(("bought back", "bought back"), (back.StatusReason, again.StatusReason));
    }

    [Fact]
    public async Task A_reason_of_the_administrator_replaces_the_upstream_s()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.SettleAsync(await pool.GrantAsync(), LeaseOutcome.TokenInvalid, detail: "401");

        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "disabled", Reason = "sold" }, Cancellation);
        await pool.FlushAsync();

        Assert.Equal("sold", (await pool.GetAsync(id)).StatusReason);
        Assert.Equal("sold", (await pool.RowAsync(id)).StatusReason);
    }

    [Fact]
    public async Task A_new_priority_is_in_force_at_once()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(3);

        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[1], Priority = 5 }, Cancellation);

        Assert.Equal(ids[1], (await pool.GrantAsync()).TokenId);
        Assert.Equal(5, (await pool.GetAsync(ids[1])).Priority);
    }

    [Fact]
    public async Task A_token_s_own_cap_beats_the_configured_one()
    {
        await using var pool = await StartAsync(new TokenOptions { MaxInflight = 8 });
        var id = (await pool.ImportAsync())[0];

        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, MaxInflight = 1 }, Cancellation);

        await pool.GrantAsync();
        Assert.Equal(NoToken.Types.Reason.Busy, (await pool.BorrowAsync()).None.Reason);
    }

    [Fact]
    public async Task A_token_can_change_its_pool()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        var view = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Pool = "ssoSuper" }, Cancellation);

        Assert.Equal("super", view.Pool);
        Assert.Equal((7, 4), (view.Quotas["auto"].Remaining, view.Quotas["deep"].Remaining));
        Assert.Equal(id, (await pool.GrantAsync("auto", "super")).TokenId);
        Assert.Equal(NoToken.Types.Reason.NoSuchPool, (await pool.BorrowAsync()).None.Reason);
    }

    [Fact]
    public async Task Units_can_be_set_within_their_limit()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        var view = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Quotas = { ["auto"] = 2 } }, Cancellation);

        Assert.Equal((2, 7, 20), (view.Quotas["auto"].Remaining, view.Quotas["auto"].Limit, view.Quotas["fast"].Remaining));
        await AssertInvalidAsync("quotas", pool, new UpdateTokenRequest { Id = id, Quotas = { ["auto"] = 8 } });
        await AssertInvalidAsync("quotas", pool, new UpdateTokenRequest { Id = id, Quotas = { ["unheard"] = 1 } });
    }

    [Fact]
    public async Task A_refused_edit_names_its_field()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];

        await AssertInvalidAsync("status", pool, new UpdateTokenRequest { Id = id, Status = "expired" });
        await AssertInvalidAsync("pool", pool, new UpdateTokenRequest { Id = id, Pool = "gold" });
        await AssertInvalidAsync("remark", pool, new UpdateTokenRequest { Id = id, Remark = new string('x', 501) });
        await AssertInvalidAsync("max_inflight", pool, new UpdateTokenRequest { Id = id, MaxInflight = 1025 });
    }

    [Fact]
    public async Task An_unknown_token_is_not_found()
    {
        await using var pool = await StartAsync();

        await AssertCodeAsync(StatusCode.NotFound, () => pool.GetAsync(4711));
        await AssertCodeAsync(StatusCode.NotFound, () => pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = 4711 }, Cancellation));
        await AssertCodeAsync(StatusCode.NotFound, () => pool.Admin.DeleteAsync(new TokenRef { Id = 4711 }, Cancellation));
    }

    [Fact]
    public async Task An_edit_keeps_what_the_ledger_counted()
    {
        await using var pool = await StartAsync();
        var id = (await pool.ImportAsync())[0];
        await pool.GrantAsync();

        var view = await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = id, Remark = "mine" }, Cancellation);

        Assert.Equal((1, 6, "mine"), (view.Inflight, view.Quotas["auto"].Remaining, view.Remark));
    }

    [Fact]
    public async Task Lists_are_paged_and_sorted()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(5);
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[2], Priority = 9 }, Cancellation);

        var page = await pool.Admin.ListAsync(new ListTokensRequest { Page = 2, PageSize = 2 }, Cancellation);
        var reversed = await pool.Admin.ListAsync(new ListTokensRequest { Sort = "-id" }, Cancellation);
        var byPriority = await pool.Admin.ListAsync(new ListTokensRequest { Sort = "-priority" }, Cancellation);

        Assert.Equal((5, ids[2], ids[3]), (page.Total, page.Tokens[0].Id, page.Tokens[1].Id));
        Assert.Equal(ids.Reverse(), reversed.Tokens.Select(t => t.Id));
        Assert.Equal(ids[2], byPriority.Tokens[0].Id);
    }

    [Fact]
    public async Task The_last_used_token_can_be_listed_first()
    {
        await using var pool = await StartAsync();
        await pool.ImportAsync(3);
        var used = (await pool.GrantAsync()).TokenId;
        await pool.FlushAsync();

        var list = await pool.Admin.ListAsync(new ListTokensRequest { Sort = "-last_used" }, Cancellation);

        Assert.Equal(used, list.Tokens[0].Id);
        Assert.Equal(0, list.Tokens[1].LastUsed);
        Assert.InRange(list.Tokens[0].LastUsed, 1, long.MaxValue);
    }

    [Fact]
    public async Task Lists_and_counts_know_the_exhausted_tokens()
    {
        await using var pool = await StartAsync();
        var ids = await pool.ImportAsync(4);
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[0], Quotas = { ["auto"] = 0, ["fast"] = 0 } }, Cancellation);
        await pool.Admin.UpdateAsync(new UpdateTokenRequest { Id = ids[1], Status = "disabled" }, Cancellation);

        Assert.Equal([ids[0]], await IdsAsync(pool, "exhausted"));
        Assert.Equal([ids[1]], await IdsAsync(pool, "disabled"));
        Assert.Equal([ids[0], ids[2], ids[3]], await IdsAsync(pool, "active"));
        var counts = await pool.Admin.CountsAsync(new TokenCountsRequest(), Cancellation);
        Assert.Equal((4, 2, 1, 0, 1), (counts.Total, counts.Active, counts.Exhausted, counts.Expired, counts.Disabled));
        Assert.Equal("exhausted", (await pool.GetAsync(ids[0])).DisplayStatus);
    }

    [Fact]
    public async Task An_unknown_filter_or_order_is_refused()
    {
        await using var pool = await StartAsync();

        await AssertCodeAsync(StatusCode.InvalidArgument, () => pool.Admin.ListAsync(new ListTokensRequest { Status = "gone" }, Cancellation));
        await AssertCodeAsync(StatusCode.InvalidArgument, () => pool.Admin.ListAsync(new ListTokensRequest { Sort = "color" }, Cancellation));
    }

    private static async Task<List<ImportTokenResult>> ImportAsync(PoolUnderTest pool, params string[] lines) =>
        await pool.Admin.ImportAsync(lines.Select(l => new ImportTokenLine { Text = l, Pool = "basic" }).ToAsyncEnumerable(), Cancellation).ToListAsync(Cancellation);

    private static async Task<long[]> IdsAsync(PoolUnderTest pool, string status) =>
        [.. (await pool.Admin.ListAsync(new ListTokensRequest { Status = status }, Cancellation)).Tokens.Select(t => t.Id)];

    private static async Task AssertInvalidAsync(string field, PoolUnderTest pool, UpdateTokenRequest request)
    {
        var e = await AssertCodeAsync(StatusCode.InvalidArgument, () => pool.Admin.UpdateAsync(request, Cancellation));
        Assert.StartsWith($"{field}:", e.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task<RpcException> AssertCodeAsync(StatusCode code, Func<Task> call)
    {
        var e = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(code, e.StatusCode);
        return e;
    }
}
