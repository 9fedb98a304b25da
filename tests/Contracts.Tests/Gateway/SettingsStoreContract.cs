using GrokForge.Contracts.Settings;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>What saving settings means in every home.</summary>
public abstract class SettingsStoreContract
{
    protected abstract ISettingsStore Store { get; }

    protected abstract GatewayHome Home { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_saved_value_is_kept_under_a_higher_version_and_put_in_force()
    {
        var before = await Store.GetAsync(new GetSettingsRequest(), Cancel);

        var reply = await Store.PutAsync(new PutSettingsRequest { Version = before.Version, Values = { ["retry.max_tokens"] = "7" } }, Cancel);

        Assert.Equal(before.Version + 1, reply.Version);
        var after = await Store.GetAsync(new GetSettingsRequest(), Cancel);
        Assert.Equal((reply.Version, "7"), (after.Version, after.Values["retry.max_tokens"]));
        await UntilInForceAsync(s => s.OverridesVersion >= reply.Version);
        Assert.Equal(7, Home.Inside<CurrentSettings>().Current.Retry.MaxTokens);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_read_any_more_is_named_and_can_be_removed()
    {
        await Store.PutAsync(new PutSettingsRequest { Version = -1, Values = { ["proxy.cf_clearance"] = "\"once\"" } }, Cancel);
        await using (var store = await Home.Inside<IDbContextFactory<GatewayStore>>().CreateDbContextAsync(Cancel))
            await store.Settings.Where(s => s.Key == "proxy.cf_clearance").ExecuteUpdateAsync(set => set.SetProperty(s => s.Value, "enc:AAAA"), Cancel);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Store.PutAsync(new PutSettingsRequest { Version = -1, Values = { ["retry.per_token_retries"] = "3" } }, Cancel));
        Assert.Equal((StatusCode.InvalidArgument, true), (refusal.StatusCode, refusal.Status.Detail.StartsWith("proxy.cf_clearance: cannot be decrypted", StringComparison.Ordinal)));

        await Store.PutAsync(new PutSettingsRequest { Version = -1, Removed = { "proxy.cf_clearance" } }, Cancel);
        Assert.DoesNotContain("proxy.cf_clearance", (await Store.GetAsync(new GetSettingsRequest(), Cancel)).Values.Keys);
    }

    [Fact]
    public async Task A_stale_version_is_refused_and_nothing_is_saved()
    {
        var before = await Store.GetAsync(new GetSettingsRequest(), Cancel);
        await Store.PutAsync(new PutSettingsRequest { Version = before.Version, Values = { ["token.fail_threshold"] = $"{before.Version % 900 + 1}" } }, Cancel);

        var refusal = await Assert.ThrowsAsync<RpcException>(
            () => Store.PutAsync(new PutSettingsRequest { Version = before.Version, Values = { ["token.max_inflight"] = "31" } }, Cancel));

        Assert.Equal(StatusCode.Aborted, refusal.StatusCode);
        Assert.DoesNotContain("token.max_inflight", (await Store.GetAsync(new GetSettingsRequest(), Cancel)).Values.Keys);
    }

    [Fact]
    public async Task All_is_checked_and_every_bad_key_is_named()
    {
        var before = await Store.GetAsync(new GetSettingsRequest(), Cancel);
        var request = new PutSettingsRequest
        {
            Version = -1,
            Values = { ["retry.max_tokens"] = "99", ["token.selection_algorithm"] = "\"dice\"", ["app.port"] = "1", ["retry.no_such_thing"] = "1", ["proxy.user_agent"] = "\"ok\"" },
        };

        var refusal = await Assert.ThrowsAsync<RpcException>(() => Store.PutAsync(request, Cancel));

        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        var named = refusal.Status.Detail.Split('\n').Select(line => line.Split(": ")[0]).Order();
        Assert.Equal(["app.port", "retry.max_tokens", "retry.no_such_thing", "token.selection_algorithm"], named);
        Assert.Equal(before.Version, (await Store.GetAsync(new GetSettingsRequest(), Cancel)).Version);
    }

    [Fact]
    public async Task A_secret_is_encrypted_in_the_table_and_masked_in_the_answer()
    {
        await Store.PutAsync(new PutSettingsRequest { Version = -1, Values = { ["proxy.cf_clearance"] = "\"clear-as-glass\"" } }, Cancel);

        Assert.Equal(SettingsDescription.Mask, (await Store.GetAsync(new GetSettingsRequest(), Cancel)).Values["proxy.cf_clearance"]);
        await using var store = await Home.Inside<IDbContextFactory<GatewayStore>>().CreateDbContextAsync(Cancel);
        var row = await store.Settings.SingleAsync(s => s.Key == "proxy.cf_clearance", Cancel);
        Assert.DoesNotContain("clear-as-glass", row.Value);
        await UntilInForceAsync(s => s.Proxy.CfClearance == "clear-as-glass");
    }

    [Fact]
    public async Task The_mask_of_a_secret_means_as_it_is()
    {
        var saved = await Store.PutAsync(new PutSettingsRequest { Version = -1, Values = { ["proxy.cf_cookies"] = "\"a=1\"" } }, Cancel);

        var reply = await Store.PutAsync(new PutSettingsRequest { Version = -1, Values = { ["proxy.cf_cookies"] = $"\"{SettingsDescription.Mask}\"" } }, Cancel);

        Assert.Equal(saved.Version, reply.Version);
        await UntilInForceAsync(s => s.Proxy.CfCookies == "a=1");
    }

    [Fact]
    public async Task A_removed_override_gives_way_to_what_lies_below()
    {
        await Store.PutAsync(new PutSettingsRequest { Version = -1, Values = { ["retry.per_token_retries"] = "9" } }, Cancel);
        await UntilInForceAsync(s => s.Retry.PerTokenRetries == 9);

        await Store.PutAsync(new PutSettingsRequest { Version = -1, Removed = { "retry.per_token_retries" } }, Cancel);

        await UntilInForceAsync(s => s.Retry.PerTokenRetries == 2);
    }

    [Fact]
    public async Task Of_writers_at_the_same_time_with_one_version_exactly_one_wins()
    {
        var version = (await Store.GetAsync(new GetSettingsRequest(), Cancel)).Version;

        var outcomes = await Task.WhenAll(Enumerable.Range(1, 8).Select(async i =>
        {
            try
            {
                await Store.PutAsync(new PutSettingsRequest { Version = version, Values = { ["upstream.idle_timeout"] = $"{100 + i}" } }, Cancel);
                return StatusCode.OK;
            }
            catch (RpcException e)
            {
                return e.StatusCode;
            }
        }));

        Assert.Equal(1, outcomes.Count(o => o == StatusCode.OK));
        Assert.All(outcomes.Where(o => o != StatusCode.OK), o => Assert.Equal(StatusCode.Aborted, o));
    }

    private async Task UntilInForceAsync(Func<SettingsSnapshot, bool> holds)
    {
        var settings = Home.Inside<CurrentSettings>();
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        settings.Changed += Look;
        Look(settings.Current);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, Cancel);
        settings.Changed -= Look;

        void Look(SettingsSnapshot snapshot)
        {
            if (holds(snapshot))
                reached.TrySetResult();
        }
    }
}

public sealed class SettingsStoreInProcess(GatewayOnSqlite home) : SettingsStoreContract, IClassFixture<GatewayOnSqlite>
{
    protected override ISettingsStore Store => Home.Inside<ISettingsStore>();

    protected override GatewayHome Home => home;
}

public sealed class SettingsStoreOverGrpc(GatewayOnPostgres home) : SettingsStoreContract, IClassFixture<GatewayOnPostgres>
{
    protected override ISettingsStore Store => Home.Outside<ISettingsStore>();

    protected override GatewayHome Home => home;
}
