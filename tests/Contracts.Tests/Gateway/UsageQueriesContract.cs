using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Usage;
using GrokForge.Gateway.Store;
using GrokForge.Gateway.Usage;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>What reading usage means in every home.</summary>
public abstract class UsageQueriesContract
{
    protected abstract IUsageQueries Usage { get; }

    protected abstract GatewayHome Home { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_finished_request_is_a_row_soon_and_counts_for_its_key()
    {
        var key = await Home.Inside<IVirtualKeys>().CreateAsync(new CreateKeyRequest { Name = "mine" }, Cancel);
        var arrived = new DateTimeOffset(2026, 5, 4, 23, 59, 59, 123, TimeSpan.Zero);
        Home.Inside<UsageRecorder>().Record(new UsageEntry
        {
            RequestId = "the-request",
            KeyId = key.Id,
            Model = "grok-4.20",
            Endpoint = "/v1/chat/completions",
            Route = "grok_web",
            TokenId = 5,
            Pool = "basic",
            Status = 200,
            Outcome = UsageOutcome.Completed,
            PromptTokens = 3,
            CompletionTokens = 4,
            ReasoningTokens = 2,
            CachedTokens = 1,
            Notes = "The arguments of f do not fit its schema: #/a: IntegerExpected",
            Estimated = true,
            FirstByteMs = 12,
            DurationMs = 34,
            Attempts = 2,
            CreatedAt = arrived,
        });

        var row = await FirstAsync("the-request");

        Assert.Equal((key.Id, "mine", "grok-4.20", "/v1/chat/completions", "grok_web", 5L, "basic"), (row.KeyId, row.KeyName, row.Model, row.Endpoint, row.Route, row.TokenId, row.Pool));
        Assert.Equal((200, "completed", 3, 4, true, 12, 34, 2), (row.Status, row.Outcome, row.PromptTokens, row.CompletionTokens, row.Estimated, row.FirstByteMs, row.DurationMs, row.Attempts));
        Assert.Equal((2, 1, "The arguments of f do not fit its schema: #/a: IntegerExpected"), (row.ReasoningTokens, row.CachedTokens, row.Notes));
        Assert.Equal(arrived.ToUnixTimeMilliseconds(), row.CreatedAt);
        var view = await Home.Inside<IVirtualKeys>().GetAsync(new KeyRef { Id = key.Id }, Cancel);
        Assert.Equal((1L, arrived.ToUnixTimeSeconds()), (view.TotalUsed, view.LastUsedAt));
    }

    [Fact]
    public async Task An_entry_that_is_sent_twice_is_one_row()
    {
        var entry = Refused("sent-twice");
        Home.Inside<UsageRecorder>().Record(entry);
        await FirstAsync("sent-twice");
        Home.Inside<UsageRecorder>().Record(entry);
        Home.Inside<UsageRecorder>().Record(Refused("sent-later"));
        await FirstAsync("sent-later");

        Assert.Single((await Usage.ListAsync(new ListUsageRequest { Page = 1, PageSize = 100 }, Cancel)).Rows, r => r.RequestId == "sent-twice");
    }

    [Fact]
    public async Task A_batch_that_is_sent_again_after_a_commit_that_was_not_heard_of_counts_nothing_twice()
    {
        var keys = new[] { await KeyAsync(), await KeyAsync() };
        var day = new DateTimeOffset(2026, 5, 4, 23, 59, 0, TimeSpan.Zero);
        UsageEntry[] sent = [Used(keys[0], day), Used(keys[1], day), Used(keys[0], day.AddMinutes(2)), Used(keys[0], day.AddMinutes(3)), Used(0, day)];
        var batches = Home.Inside<UsageBatch>();
        Assert.True(await batches.TryWriteAsync([.. sent], Cancel));
        Assert.True(await batches.TryWriteAsync([.. sent, sent[1], Used(keys[1], day), Used(keys[1], day.AddDays(-1))], Cancel));

        Assert.Equal((3L, day.AddMinutes(3).ToUnixTimeSeconds()), await TotalAsync(keys[0]));
        Assert.Equal(3L, (await TotalAsync(keys[1])).Total);
        await using var store = await Home.Inside<IDbContextFactory<GatewayStore>>().CreateDbContextAsync(Cancel);
        var days = await store.VirtualKeys.Where(k => keys.Contains(k.Id)).OrderBy(k => k.Id).Select(k => new { k.UsedToday, k.UsedDay }).ToListAsync(Cancel);
        Assert.Equal([2L, 2L], days.Select(d => d.UsedToday));
        Assert.Equal(days[1].UsedDay + 1, days[0].UsedDay);
    }

    [Fact]
    public async Task Batches_of_several_replicas_add_up_whatever_the_order_of_their_keys()
    {
        var keys = new List<long>();
        for (var i = 0; i < 8; i++)
            keys.Add(await KeyAsync());
        var day = new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero);
        var batches = Home.Inside<UsageBatch>();

        await Parallel.ForEachAsync(Enumerable.Range(0, 20), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancel }, async (turn, cancel) =>
        {
            var order = turn % 2 == 0 ? keys : Enumerable.Reverse(keys);
            Assert.True(await batches.TryWriteAsync([.. order.Select(key => Used(key, day))], cancel));
        });

        foreach (var key in keys)
            Assert.Equal(20L, (await TotalAsync(key)).Total);
    }

    [Fact]
    public async Task No_text_holds_a_row_up()
    {
        Home.Inside<UsageRecorder>().Record(Refused("odd-text") with { Notes = new string('a', 255) + "😀\0", Model = "m\ud83d" });
        Assert.Equal(new string('a', 255), (await FirstAsync("odd-text")).Notes);
    }

    [Fact]
    public async Task A_request_without_an_answer_byte_says_minus_one()
    {
        Home.Inside<UsageRecorder>().Record(Refused("no-byte"));
        Assert.Equal(-1, (await FirstAsync("no-byte")).FirstByteMs);
    }

    [Fact]
    public async Task Rows_come_newest_first_page_by_page()
    {
        for (var i = 1; i <= 3; i++)
            Home.Inside<UsageRecorder>().Record(Refused($"row-{i}"));
        await FirstAsync("row-3");

        var all = await Usage.ListAsync(new ListUsageRequest { Page = 1, PageSize = 100 }, Cancel);
        var second = await Usage.ListAsync(new ListUsageRequest { Page = 2, PageSize = 1 }, Cancel);
        var beyond = await Usage.ListAsync(new ListUsageRequest { Page = int.MaxValue, PageSize = 100 }, Cancel);

        Assert.Equal(all.Rows.Select(r => r.Id).OrderDescending(), all.Rows.Select(r => r.Id));
        Assert.Equal(all.Rows[1].Id, second.Rows.Single().Id);
        Assert.Equal((all.Total, 0), (beyond.Total, beyond.Rows.Count));
    }

    private static UsageEntry Refused(string id) =>
        new() { RequestId = id, Endpoint = "/v1/chat/completions", Status = 503, Outcome = UsageOutcome.Refused, CreatedAt = DateTimeOffset.UnixEpoch.AddYears(56) };

    private static UsageEntry Used(long key, DateTimeOffset at) =>
        new() { RequestId = "used", KeyId = key, Endpoint = "/v1/chat/completions", Status = 200, Outcome = UsageOutcome.Completed, CreatedAt = at };

    private async Task<long> KeyAsync() => (await Home.Inside<IVirtualKeys>().CreateAsync(new CreateKeyRequest { Name = "counted" }, Cancel)).Id;

    private async Task<(long Total, long LastUsedAt)> TotalAsync(long key)
    {
        var view = await Home.Inside<IVirtualKeys>().GetAsync(new KeyRef { Id = key }, Cancel);
        return (view.TotalUsed, view.LastUsedAt);
    }

    private async Task<UsageView> FirstAsync(string requestId)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (true)
        {
            var reply = await Usage.ListAsync(new ListUsageRequest { Page = 1, PageSize = 100 }, limit.Token);
            if (reply.Rows.FirstOrDefault(r => r.RequestId == requestId) is { } row)
                return row;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }
}

public sealed class UsageQueriesInProcess(GatewayOnSqlite home) : UsageQueriesContract, IClassFixture<GatewayOnSqlite>
{
    protected override IUsageQueries Usage => Home.Inside<IUsageQueries>();

    protected override GatewayHome Home => home;
}

public sealed class UsageQueriesOverGrpc(GatewayOnPostgres home) : UsageQueriesContract, IClassFixture<GatewayOnPostgres>
{
    protected override IUsageQueries Usage => Home.Outside<IUsageQueries>();

    protected override GatewayHome Home => home;
}
