using System.Security.Cryptography;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace GrokForge.Contracts.Tests.Protection;

public sealed class KeyRingTests(PostgresServer postgres) : IClassFixture<PostgresServer>, IDisposable
{
    private const string Master = "master-key-of-these-tests";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-ring-");
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task Replicas_that_start_together_read_what_the_others_protect(DatabaseKind kind)
    {
        var database = await DatabaseAsync(kind);
        var replicas = Enumerable.Range(0, 5).Select(_ => Ring(database)).ToList();

        await Task.WhenAll(replicas.Select(r => Task.Run(() => r.PrepareAsync(Token), Token)));

        var protectors = replicas.Select(r => new RingProtector(r, _time)).ToList();
        var secret = protectors[0].Protect("sso-token");
        Assert.All(protectors, p => Assert.Equal("sso-token", p.Unprotect(secret)));
        Assert.Single(protectors.Select(p => Convert.ToHexString(p.Fingerprint("sso-token"))).Distinct());
        Assert.Single(Keys(replicas[0]));
        Assert.All(protectors, p => p.Dispose());
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_secret_survives_the_restart_of_its_process(DatabaseKind kind)
    {
        var database = await DatabaseAsync(kind);
        byte[] secret;
        byte[] fingerprint;
        using (var before = await ProtectorAsync(database))
        {
            secret = before.Protect("sso-token");
            fingerprint = before.Fingerprint("sso-token");
        }

        using var after = await ProtectorAsync(database);

        Assert.Equal("sso-token", after.Unprotect(secret));
        Assert.Equal(fingerprint, after.Fingerprint("sso-token"));
        Assert.NotEqual(fingerprint, after.Fingerprint("another token"));
        Assert.NotEqual(secret, after.Protect("sso-token"));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_key_that_another_process_added_later_is_found(DatabaseKind kind)
    {
        var database = await DatabaseAsync(kind);
        using var old = await ProtectorAsync(database);
        old.Protect("warm");
        var ring = Ring(database);
        using (var provider = ring.Open())
        {
            var keys = provider.GetRequiredService<IKeyManager>();
            foreach (var key in keys.GetAllKeys())
                keys.RevokeKey(key.KeyId);
            keys.CreateNewKey(_time.GetUtcNow().AddMinutes(-1), _time.GetUtcNow().AddDays(90));
        }
        using var rotated = new RingProtector(ring, _time);
        var secret = rotated.Protect("sso-token");

        _time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal("sso-token", old.Unprotect(secret));
    }

    [Fact]
    public async Task An_altered_secret_is_refused()
    {
        using var protector = await ProtectorAsync(await DatabaseAsync(DatabaseKind.Sqlite));
        var secret = protector.Protect("sso-token");
        secret[^1] ^= 1;

        Assert.ThrowsAny<CryptographicException>(() => protector.Unprotect(secret));
    }

    [Fact]
    public async Task In_Postgres_no_key_lies_in_clear_text()
    {
        var database = await DatabaseAsync(DatabaseKind.Postgres);
        using var protector = await ProtectorAsync(database);

        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand("SELECT string_agg(xml, '') FROM __key_ring", connection);
        var xml = (string)(await command.ExecuteScalarAsync(Token))!;

        Assert.Contains("wrappedKey", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_master_key_is_refused_and_changes_nothing()
    {
        var database = await DatabaseAsync(DatabaseKind.Postgres);
        using var before = await ProtectorAsync(database);
        var secret = before.Protect("sso-token");

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => Ring(database, "another-master-key").PrepareAsync(Token));

        Assert.Contains("GROKFORGE_MASTER_KEY", refused.Message, StringComparison.Ordinal);
        using var after = await ProtectorAsync(database);
        Assert.Equal("sso-token", after.Unprotect(secret));
    }

    [Fact]
    public async Task Files_beside_SQLite_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows keeps no such modes.");
            return;
        }
        using var protector = await ProtectorAsync(await DatabaseAsync(DatabaseKind.Sqlite));
        protector.Fingerprint("x");
        var keys = Path.Combine(_folder.FullName, "keys");

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(keys));
        foreach (var file in Directory.GetFiles(keys))
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & others);
    }

    private static IReadOnlyCollection<IKey> Keys(KeyRing ring)
    {
        using var provider = ring.Open();
        return provider.GetRequiredService<IKeyManager>().GetAllKeys();
    }

    private async Task<RingProtector> ProtectorAsync(Database database)
    {
        var ring = Ring(database);
        await ring.PrepareAsync(Token);
        return new RingProtector(ring, _time);
    }

    private KeyRing Ring(Database database, string master = Master) =>
        new(database, new DataFolder(_folder.FullName), database.Kind == DatabaseKind.Postgres ? MasterKey.From(master) : null, TimeProvider.System, NullLoggerFactory.Instance);

    private async Task<Database> DatabaseAsync(DatabaseKind kind) => kind == DatabaseKind.Sqlite
        ? Database.Sqlite(Path.Combine(_folder.FullName, "grokforge.db"))
        : new Database(DatabaseKind.Postgres, await postgres.CreateDatabaseAsync());
}
