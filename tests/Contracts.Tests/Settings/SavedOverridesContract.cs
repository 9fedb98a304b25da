using System.Data.Common;
using System.Text;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.Settings;

/// <summary>What every service may rely on when it reads the saved overrides, whatever the database.</summary>
public abstract class SavedOverridesContract : IAsyncLifetime
{
    private readonly LiveSettings _live = new(SettingLayer.Empty(SettingOrigin.File), SettingLayer.Empty(SettingOrigin.Environment), SettingLayer.Empty(SettingOrigin.CommandLine));
    private readonly SavedOverrides _saved = new();
    private readonly ReversingProtector _protector = new();

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An empty database that is there.</summary>
    protected abstract Database Store { get; }

    /// <summary>A database that cannot be reached.</summary>
    protected abstract Database Unreachable { get; }

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task A_table_that_does_not_exist_yet_holds_nothing()
    {
        await ReadAsync(Store);
        Assert.True(_saved.OverridesRead);
        Assert.Equal(0, _live.Current.Current.OverridesVersion);
    }

    [Fact]
    public async Task An_empty_table_holds_nothing()
    {
        await CreateTableAsync();
        await ReadAsync(Store);
        Assert.Equal((true, 0), (_saved.OverridesRead, _live.Current.Current.OverridesVersion));
    }

    [Fact]
    public async Task Saved_overrides_are_in_force_with_their_version()
    {
        await CreateTableAsync();
        await SaveAsync(7, ("retry.max_tokens", "9"), ("app.stream", "true"));
        await ReadAsync(Store);
        var settings = _live.Current.Current;
        Assert.Equal((9, true, 7), (settings.Retry.MaxTokens, settings.App.Stream, settings.OverridesVersion));
    }

    [Fact]
    public async Task A_secret_is_stored_encrypted_and_read_in_clear()
    {
        var stored = new OverrideSecrets(_protector).Close("proxy.base_proxy_url", "\"http://me:pw@proxy:1\"");
        Assert.StartsWith("enc:", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("pw", stored, StringComparison.Ordinal);
        await CreateTableAsync();
        await SaveAsync(1, ("proxy.base_proxy_url", stored));
        await ReadAsync(Store);
        Assert.Equal("http://me:pw@proxy:1", _live.Current.Current.Proxy.BaseProxyUrl);
    }

    [Fact]
    public async Task A_secret_that_cannot_be_opened_keeps_the_service_unready()
    {
        await CreateTableAsync();
        await SaveAsync(1, ("proxy.base_proxy_url", "enc:" + Convert.ToBase64String("of another key"u8)), ("retry.max_tokens", "9"));
        await ReadAsync(Store);
        Assert.Equal((false, 5, -1), (_saved.OverridesRead, _live.Current.Current.Retry.MaxTokens, _live.Current.Current.OverridesVersion));
        Assert.False(_saved.SettingsReady.IsCompleted);
    }

    [Fact]
    public async Task A_database_that_cannot_be_reached_keeps_the_service_unready()
    {
        await ReadAsync(Unreachable);
        Assert.Equal((false, -1), (_saved.OverridesRead, _live.Current.Current.OverridesVersion));
    }

    [Fact]
    public async Task Invalid_saved_overrides_at_start_keep_the_service_unready_until_they_are_corrected()
    {
        await CreateTableAsync();
        await SaveAsync(1, ("retry.max_tokens", "99"));
        using var loader = Loader(Store);
        await loader.ReadAsync(Cancellation);
        Assert.False(_saved.OverridesRead);
        await SaveAsync(2, ("retry.max_tokens", "9"));
        await loader.ReadAsync(Cancellation);
        Assert.True(_saved.OverridesRead);
    }

    [Fact]
    public async Task A_new_version_replaces_the_old_one_whole()
    {
        await CreateTableAsync();
        await SaveAsync(1, ("retry.max_tokens", "9"), ("app.stream", "true"));
        using var loader = Loader(Store);
        await loader.ReadAsync(Cancellation);
        await SaveAsync(2, ("retry.max_tokens", "8"));
        await loader.ReadAsync(Cancellation);
        Assert.Equal((8, false, 2), (_live.Current.Current.Retry.MaxTokens, _live.Current.Current.App.Stream, _live.Current.Current.OverridesVersion));
    }

    [Fact]
    public async Task The_same_version_causes_no_swap()
    {
        await CreateTableAsync();
        await SaveAsync(1, ("retry.max_tokens", "9"));
        using var loader = Loader(Store);
        await loader.ReadAsync(Cancellation);
        var before = _live.Current.Current;
        await loader.ReadAsync(Cancellation);
        Assert.Same(before, _live.Current.Current);
    }

    [Fact]
    public async Task Ignored_overrides_leave_only_their_version()
    {
        await CreateTableAsync();
        await SaveAsync(4, ("retry.max_tokens", "9"), ("proxy.base_proxy_url", "enc:nonsense"));
        using var loader = Loader(Store, ignoring: true);
        await loader.ReadAsync(Cancellation);
        Assert.Equal((true, 5, 4), (_saved.OverridesRead, _live.Current.Current.Retry.MaxTokens, _live.Current.Current.OverridesVersion));
    }

    [Fact]
    public async Task The_watch_reads_at_start_and_again_every_five_seconds()
    {
        await CreateTableAsync();
        await SaveAsync(1, ("retry.max_tokens", "9"));
        var time = new FakeTimeProvider();
        using var loader = Loader(Store);
        using var watch = new OverridesWatch(loader, _saved, new ReadinessReasons(), time);
        await watch.StartAsync(Cancellation);
        await _saved.SettingsReady.WaitAsync(Cancellation);
        Assert.Equal(9, _live.Current.Current.Retry.MaxTokens);

        var changed = new TaskCompletionSource();
        _live.Current.Changed += _ => changed.TrySetResult();
        await SaveAsync(2, ("retry.max_tokens", "8"));
        while (!changed.Task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(changed.Task, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation));
        }

        Assert.Equal(8, _live.Current.Current.Retry.MaxTokens);
        await watch.StopAsync(Cancellation);
    }

    [Fact]
    public async Task The_watch_is_not_ready_before_the_overrides_are_read()
    {
        var readiness = new ReadinessReasons();
        using var loader = Loader(Unreachable);
        using var watch = new OverridesWatch(loader, _saved, readiness, TimeProvider.System);
        await watch.StartAsync(Cancellation);
        Assert.Equal(ReadinessLevel.NotReady, readiness.Read().Level);
        await watch.StopAsync(Cancellation);
    }

    protected abstract DbConnection Connect();

    private async Task ReadAsync(Database database)
    {
        using var loader = Loader(database);
        await loader.ReadAsync(Cancellation);
    }

    private OverridesLoader Loader(Database database, bool ignoring = false) =>
        new(new OverridesTable(database), new OverrideSecrets(_protector), _live, _saved, NullLogger<OverridesLoader>.Instance) { Ignoring = ignoring };

    private async Task CreateTableAsync()
    {
        if (Store.Kind == DatabaseKind.Postgres)
            await RunAsync("CREATE SCHEMA gateway");
        await RunAsync($"CREATE TABLE {Store.Table(OverridesTable.Schema, OverridesTable.Name)} (key varchar(256) PRIMARY KEY, value text NOT NULL)");
    }

    private async Task SaveAsync(long version, params (string Key, string Value)[] values)
    {
        var rows = string.Join(", ", values.Append((OverridesTable.VersionKey, $"{version}")).Select(v => $"('{v.Item1}', '{v.Item2}')"));
        await RunAsync($"DELETE FROM {Store.Table(OverridesTable.Schema, OverridesTable.Name)}; INSERT INTO {Store.Table(OverridesTable.Schema, OverridesTable.Name)} (key, value) VALUES {rows}");
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = Connect();
        await connection.OpenAsync(Cancellation);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The test's own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    /// <summary>Turns texts around behind a mark: enough to see that the reader opens what was closed, and refuses the rest.</summary>
    private sealed class ReversingProtector : SecretProtector
    {
        public override byte[] Protect(string secret) => Encoding.UTF8.GetBytes("^" + string.Concat(secret.Reverse()));

        public override string Unprotect(ReadOnlySpan<byte> protectedSecret) => protectedSecret is [(byte)'^', .. var rest]
            ? string.Concat(Encoding.UTF8.GetString(rest).Reverse())
            : throw new System.Security.Cryptography.CryptographicException("not mine");

        public override byte[] Fingerprint(string secret) => System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(secret));
    }
}
