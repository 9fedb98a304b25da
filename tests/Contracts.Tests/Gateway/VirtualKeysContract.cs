using GrokForge.Contracts.Keys;
using Grpc.Core;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>What administering virtual keys means in every home.</summary>
public abstract class VirtualKeysContract
{
    protected abstract IVirtualKeys Keys { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_keys_reasoning_format_is_kept_changed_and_cleared()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = "a", ReasoningFormat = "both" }, Cancel);
        Assert.Equal("both", (await Keys.GetAsync(new KeyRef { Id = created.Id }, Cancel)).ReasoningFormat);
        Assert.Equal("both", (await Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, Name = "b" }, Cancel)).ReasoningFormat);
        Assert.Equal("think_tags", (await Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, ReasoningFormat = "think_tags" }, Cancel)).ReasoningFormat);
        Assert.Equal("", (await Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, ReasoningFormat = "" }, Cancel)).ReasoningFormat);
        var refused = await Assert.ThrowsAsync<RpcException>(() => Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, ReasoningFormat = "loud" }, Cancel));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.StartsWith("reasoning_format:", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_created_key_is_shown_in_full_once_and_masked_ever_after()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = " ci ", ModelWhitelist = { "grok-4.20", " grok-4.20 " } }, Cancel);

        Assert.Matches("^gf-[0-9a-f]{48}$", created.Key);
        var view = await Keys.GetAsync(new KeyRef { Id = created.Id }, Cancel);
        Assert.Equal($"{created.Key[..4]}...{created.Key[^4..]}", view.Masked);
        Assert.Equal(("ci", "active", 0, 0, 0L), (view.Name, view.Status, view.RateLimit, view.DailyLimit, view.ExpiresAt));
        Assert.Equal(["grok-4.20"], view.ModelWhitelist);
        Assert.DoesNotContain(created.Key, view.ToString());
    }

    [Fact]
    public async Task What_an_update_does_not_name_stays()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = "a", RateLimit = 5, DailyLimit = 7, ExpiresAt = 2_000_000_000, ModelWhitelist = { "m" } }, Cancel);

        var renamed = await Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, Name = "b" }, Cancel);
        Assert.Equal(("b", 5, 7, 2_000_000_000L), (renamed.Name, renamed.RateLimit, renamed.DailyLimit, renamed.ExpiresAt));
        Assert.Equal(["m"], renamed.ModelWhitelist);

        var freed = await Keys.UpdateAsync(
            new UpdateKeyRequest { Id = created.Id, RateLimit = 0, DailyLimit = 0, ExpiresAt = 0, SetWhitelist = true, Status = "inactive" }, Cancel);
        Assert.Equal(("b", 0, 0, 0L, "inactive"), (freed.Name, freed.RateLimit, freed.DailyLimit, freed.ExpiresAt, freed.Status));
        Assert.Empty(freed.ModelWhitelist);
    }

    [Fact]
    public async Task Regenerating_changes_the_key_and_nothing_else()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = "a", RateLimit = 5 }, Cancel);

        var fresh = await Keys.RegenerateAsync(new KeyRef { Id = created.Id }, Cancel);

        Assert.Equal((created.Id, "a"), (fresh.Id, fresh.Name));
        Assert.NotEqual(created.Key, fresh.Key);
        Assert.Equal(5, (await Keys.GetAsync(new KeyRef { Id = created.Id }, Cancel)).RateLimit);
    }

    [Fact]
    public async Task A_deleted_key_is_gone()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        await Keys.DeleteAsync(new KeyRef { Id = created.Id }, Cancel);

        foreach (var call in new Func<Task>[]
        {
            () => Keys.GetAsync(new KeyRef { Id = created.Id }, Cancel),
            () => Keys.DeleteAsync(new KeyRef { Id = created.Id }, Cancel),
            () => Keys.RegenerateAsync(new KeyRef { Id = created.Id }, Cancel),
            () => Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, Name = "b" }, Cancel),
        })
        {
            Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
        }
    }

    [Theory]
    [InlineData("", 0, 0, 0, "name")]
    [InlineData("  ", 0, 0, 0, "name")]
    [InlineData("a\0b", 0, 0, 0, "name")]
    [InlineData("a", -1, 0, 0, "rate_limit")]
    [InlineData("a", 0, -1, 0, "daily_limit")]
    [InlineData("a", 0, 0, -1, "expires_at")]
    [InlineData("a", 0, 0, long.MaxValue, "expires_at")]
    public async Task A_bad_field_is_named(string name, int rate, int daily, long expires, string field)
    {
        var request = new CreateKeyRequest { Name = name, RateLimit = rate, DailyLimit = daily, ExpiresAt = expires };

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Keys.CreateAsync(request, Cancel));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        Assert.StartsWith($"{field}: ", refusal.Status.Detail);
    }

    [Fact]
    public async Task A_status_is_active_or_inactive()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, Status = "expired" }, Cancel));
        Assert.StartsWith("status: ", refusal.Status.Detail);
    }

    [Fact]
    public async Task Keys_are_listed_newest_first_page_by_page()
    {
        var first = await Keys.CreateAsync(new CreateKeyRequest { Name = "first" }, Cancel);
        var second = await Keys.CreateAsync(new CreateKeyRequest { Name = "second" }, Cancel);

        var page = await Keys.ListAsync(new ListKeysRequest { Page = 1, PageSize = 1 }, Cancel);
        var next = await Keys.ListAsync(new ListKeysRequest { Page = 2, PageSize = 1 }, Cancel);
        var beyond = await Keys.ListAsync(new ListKeysRequest { Page = int.MaxValue, PageSize = 100 }, Cancel);

        Assert.Equal([second.Id, first.Id], [page.Keys.Single().Id, next.Keys.Single().Id]);
        Assert.True(page.Total >= 2);
        Assert.Empty(beyond.Keys);
    }

    [Fact]
    public async Task Keys_are_counted_and_found_by_what_they_are_worth_now()
    {
        var before = await Keys.CountsAsync(new KeyCountsRequest(), Cancel);
        await Keys.CreateAsync(new CreateKeyRequest { Name = "active" }, Cancel);
        var expired = await Keys.CreateAsync(new CreateKeyRequest { Name = "expired", ExpiresAt = 1_000_000_000 }, Cancel);
        var inactive = await Keys.CreateAsync(new CreateKeyRequest { Name = "inactive" }, Cancel);
        await Keys.UpdateAsync(new UpdateKeyRequest { Id = inactive.Id, Status = "inactive" }, Cancel);

        var after = await Keys.CountsAsync(new KeyCountsRequest(), Cancel);
        Assert.Equal((3, 1, 1, 1), (after.Total - before.Total, after.Active - before.Active, after.Inactive - before.Inactive, after.Expired - before.Expired));
        Assert.Contains((await Keys.ListAsync(new ListKeysRequest { Status = "expired" }, Cancel)).Keys, k => k.Id == expired.Id);
        Assert.DoesNotContain((await Keys.ListAsync(new ListKeysRequest { Status = "active" }, Cancel)).Keys, k => k.Id == expired.Id || k.Id == inactive.Id);
        Assert.Contains((await Keys.ListAsync(new ListKeysRequest { Status = "inactive" }, Cancel)).Keys, k => k.Id == inactive.Id);
    }

    [Fact]
    public async Task Edits_at_the_same_time_all_happen()
    {
        var created = await Keys.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);

        await Task.WhenAll(
            Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, RateLimit = 5 }, Cancel),
            Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, DailyLimit = 6 }, Cancel),
            Keys.UpdateAsync(new UpdateKeyRequest { Id = created.Id, Name = "b" }, Cancel));

        var view = await Keys.GetAsync(new KeyRef { Id = created.Id }, Cancel);
        Assert.Equal(("b", 5, 6), (view.Name, view.RateLimit, view.DailyLimit));
    }
}

public sealed class VirtualKeysInProcess(GatewayOnSqlite home) : VirtualKeysContract, IClassFixture<GatewayOnSqlite>
{
    protected override IVirtualKeys Keys => home.Inside<IVirtualKeys>();
}

public sealed class VirtualKeysOverGrpc(GatewayOnPostgres home) : VirtualKeysContract, IClassFixture<GatewayOnPostgres>
{
    protected override IVirtualKeys Keys => home.Outside<IVirtualKeys>();
}
