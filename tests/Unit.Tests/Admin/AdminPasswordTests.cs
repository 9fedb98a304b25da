using GrokForge.Admin.Passwords;
using GrokForge.Admin.Sessions;
using GrokForge.Admin.Store;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.Admin;

public sealed class AdminPasswordTests : IDisposable
{
    private static readonly Func<bool> NotLockedOut = () => false;
    private readonly AdminStoreInMemory _stores = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task Without_an_app_key_a_password_is_generated_once_and_kept_as_a_slow_hash()
    {
        using var password = Password("");
        var generated = await password.EnsureAsync(Cancel);

        Assert.Matches("^gf_bootstrap_[A-Za-z0-9_-]{32}$", generated);
        Assert.Null(await password.EnsureAsync(Cancel));
        await using var store = _stores.CreateDbContext();
        var row = await store.Passwords.SingleAsync(Cancel);
        Assert.StartsWith("pbkdf2-sha512$", row.Hash);
        Assert.DoesNotContain(generated!, row.Hash);
    }

    [Fact]
    public async Task With_an_app_key_nothing_is_generated()
    {
        using var password = Password("my-own");
        Assert.Null(await password.EnsureAsync(Cancel));
        Assert.True(await password.IsRightAsync("my-own", NotLockedOut, Cancel));
        Assert.False(await password.IsRightAsync("my-owN", NotLockedOut, Cancel));
    }

    [Fact]
    public async Task Of_replicas_that_start_together_one_knows_the_password()
    {
        var replicas = Enumerable.Range(0, 4).Select(_ => Password("")).ToList();

        var generated = await Task.WhenAll(replicas.Select(r => Task.Run(() => r.EnsureAsync(Cancel), Cancel)));

        var known = Assert.Single(generated, g => g is not null);
        foreach (var replica in replicas)
        {
            Assert.True(await replica.IsRightAsync(known!, NotLockedOut, Cancel));
            replica.Dispose();
        }
    }

    [Fact]
    public async Task The_generated_password_is_right_again_and_again_and_others_are_wrong()
    {
        using var password = Password("");
        Assert.False(await password.IsRightAsync("", NotLockedOut, Cancel));
        var generated = (await password.EnsureAsync(Cancel))!;

        Assert.True(await password.IsRightAsync(generated, NotLockedOut, Cancel));
        Assert.True(await password.IsRightAsync(generated, NotLockedOut, Cancel));
        Assert.False(await password.IsRightAsync(generated + "x", NotLockedOut, Cancel));
        Assert.False(await password.IsRightAsync("", NotLockedOut, Cancel));
    }

    [Fact]
    public async Task Who_was_locked_out_while_waiting_is_not_checked()
    {
        using var password = Password("");
        var generated = (await password.EnsureAsync(Cancel))!;
        Assert.False(await password.IsRightAsync(generated, () => true, Cancel));
    }

    [Fact]
    public async Task A_reset_replaces_the_password_and_ends_all_sessions()
    {
        using var password = Password("");
        var first = (await password.EnsureAsync(Cancel))!;
        Assert.True(await password.IsRightAsync(first, NotLockedOut, Cancel));
        var sessions = new SessionBook(_stores, TimeProvider.System);
        var token = await sessions.OpenAsync((await password.StampAsync(Cancel))!, Cancel);

        var second = await password.ResetAsync(Cancel);

        Assert.False(await password.IsRightAsync(first, NotLockedOut, Cancel));
        Assert.True(await password.IsRightAsync(second, NotLockedOut, Cancel));
        Assert.False(await sessions.IsOpenAsync(token, (await password.StampAsync(Cancel))!, Cancel));
    }

    [Fact]
    public async Task A_reset_works_where_there_was_no_password()
    {
        using var password = Password("");
        Assert.True(await password.IsRightAsync(await password.ResetAsync(Cancel), NotLockedOut, Cancel));
    }

    [Fact]
    public async Task A_reset_survives_another_replica_that_stores_the_first_password_meanwhile()
    {
        var racing = new RacingStores(_stores);
        using var password = new AdminPassword(racing, _stores.Reader, new CurrentSettings(new SettingsSnapshot()), new FingerprintsOnly(), TimeProvider.System);

        var generated = await password.ResetAsync(Cancel);

        Assert.True(racing.Lost);
        Assert.True(await password.IsRightAsync(generated, NotLockedOut, Cancel));
    }

    [Fact]
    public async Task Another_app_key_has_another_stamp()
    {
        using var one = Password("one");
        using var two = Password("two");
        Assert.Equal(await one.StampAsync(Cancel), await one.StampAsync(Cancel));
        Assert.NotEqual(await one.StampAsync(Cancel), await two.StampAsync(Cancel));
    }

    [Fact]
    public void The_generated_password_is_printed_where_a_person_looks()
    {
        var output = new StringWriter();
        FirstPassword.Print(output, "gf_bootstrap_x");
        Assert.Contains("gf_bootstrap_x", output.ToString());
    }

    private AdminPassword Password(string appKey) =>
        new(_stores, _stores.Reader, new CurrentSettings(new SettingsSnapshot { App = new AppOptions { AppKey = appKey } }), new FingerprintsOnly(), TimeProvider.System);

    /// <summary>Stores in which another replica saves a password just before the first save.</summary>
    private sealed class RacingStores(AdminStoreInMemory stores) : IDbContextFactory<AdminStore>
    {
        public bool Lost { get; private set; }

        public AdminStore CreateDbContext()
        {
            var store = stores.CreateDbContext();
            store.SavingChanges += (_, _) => SaveFirst();
            return store;
        }

        private void SaveFirst()
        {
            if (Lost)
                return;
            Lost = true;
            using var other = stores.CreateDbContext();
            other.Passwords.Add(new() { Id = StoredPassword.OnlyId, Hash = "another", CreatedAt = DateTimeOffset.UnixEpoch });
            other.SaveChanges();
        }
    }
}
