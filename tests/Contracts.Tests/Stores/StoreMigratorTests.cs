using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace GrokForge.Contracts.Tests.Stores;

public sealed class StoreMigratorTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task Replicas_that_start_together_migrate_once(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var replicas = Enumerable.Range(0, 6).Select(_ => store.Replica()).ToList();

        await Task.WhenAll(replicas.Select(r => Task.Run(() => StoreUnderTest.MigrateAsync(r), TestContext.Current.CancellationToken)));

        Assert.Equal(1L, await store.ScalarAsync($"SELECT count(*) FROM {store.Database.Table("notes", "notes")}"));
        Assert.Equal(1L, await store.ScalarAsync("SELECT count(*) FROM \"__migrations_notes\""));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_database_that_is_up_to_date_is_opened_without_the_migrator(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var replica = store.Replica();
        await StoreUnderTest.MigrateAsync(replica);
        var known = replica.GetRequiredService<StoreRegistration>() with { MigrateAsync = (_, _) => throw new InvalidOperationException("EF's migrator was loaded.") };

        var migrator = new StoreMigrator(store.Database, [known], replica, TimeProvider.System, NullLogger<StoreMigrator>.Instance);

        await migrator.MigrateAsync(TestContext.Current.CancellationToken);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_database_newer_than_the_binary_is_refused_untouched(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        await StoreUnderTest.MigrateAsync(store.Replica());
        await store.ScalarAsync("INSERT INTO \"__migrations_notes\" VALUES ('20990101000000_FromTheFuture', '99')");

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StoreUnderTest.MigrateAsync(store.Replica()));

        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("20990101000000_FromTheFuture", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await store.ScalarAsync($"SELECT count(*) FROM {store.Database.Table("notes", "notes")}"));
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_store_that_a_process_with_every_store_does_not_know_is_a_newer_versions(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        await store.ScalarAsync("CREATE TABLE \"__migrations_pets\" (\"MigrationId\" TEXT, \"ProductVersion\" TEXT)");

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StoreUnderTest.MigrateAsync(store.Replica(withEveryStore: true)));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("__migrations_pets", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await store.ScalarAsync(
            kind == DatabaseKind.Sqlite ? "SELECT count(*) FROM sqlite_master WHERE name LIKE '%notes%'" : "SELECT count(*) FROM pg_tables WHERE tablename LIKE '%notes%'"));

        // One of several services: it may be another one's.
        await StoreUnderTest.MigrateAsync(store.Replica());
        await StoreUnderTest.MigrateAsync(store.Replica());
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_database_of_another_program_is_refused_untouched(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        await store.ScalarAsync("CREATE TABLE customers (id INTEGER)");

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StoreUnderTest.MigrateAsync(store.Replica()));

        Assert.Contains("customers", refused.Message, StringComparison.Ordinal);
        Assert.Equal(kind == DatabaseKind.Sqlite ? 1L : 0L, await store.ScalarAsync(
            kind == DatabaseKind.Sqlite ? "SELECT count(*) FROM sqlite_master WHERE type = 'table'" : "SELECT count(*) FROM pg_tables WHERE tablename LIKE '\\_\\_%'"));
    }

    [Fact]
    public async Task A_process_without_a_store_refuses_another_programs_database_too_and_takes_an_empty_one_or_ours()
    {
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Postgres, postgres);
        var storeless = store.Replica(withStore: false);
        await StoreUnderTest.MigrateAsync(storeless);
        await StoreUnderTest.MigrateAsync(store.Replica());
        await StoreUnderTest.MigrateAsync(storeless);

        await using var foreign = await StoreUnderTest.CreateAsync(DatabaseKind.Postgres, postgres);
        await foreign.ScalarAsync("CREATE TABLE customers (id INTEGER)");
        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StoreUnderTest.MigrateAsync(foreign.Replica(withStore: false)));
        Assert.Contains("customers", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_untouched()
    {
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Sqlite, postgres);
        var diary = string.Join('\n', Enumerable.Repeat("dear diary", 500));
        await File.WriteAllTextAsync(store.File, diary, TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StoreUnderTest.MigrateAsync(store.Replica()));

        Assert.Contains("not an SQLite database", refused.Message, StringComparison.Ordinal);
        Assert.Equal(diary, await File.ReadAllTextAsync(store.File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_lock_row_that_a_killed_process_left_does_not_hold_up_the_start()
    {
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Sqlite, postgres);
        await store.ScalarAsync("CREATE TABLE \"__EFMigrationsLock\" (\"Id\" INTEGER NOT NULL PRIMARY KEY, \"Timestamp\" TEXT NOT NULL)");
        await store.ScalarAsync("INSERT INTO \"__EFMigrationsLock\" VALUES (1, '2026-01-01')");

        await StoreUnderTest.MigrateAsync(store.Replica()).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(1L, await store.ScalarAsync("SELECT count(*) FROM notes_notes"));
    }

    [Fact]
    public async Task A_missing_Postgres_database_is_created_by_one_of_many()
    {
        var name = $"gf_missing_{Guid.NewGuid():N}";
        var server = await postgres.ConnectionStringAsync();
        var database = new Database(DatabaseKind.Postgres, new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString());
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Postgres, postgres);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.Replica(database)).ToList().Select(r => Task.Run(() => StoreUnderTest.MigrateAsync(r), TestContext.Current.CancellationToken)));

        await using (var connection = new NpgsqlConnection(database.ConnectionString + ";Pooling=false"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var count = new NpgsqlCommand("SELECT count(*) FROM notes.notes", connection);
            Assert.Equal(1L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        }
        await using var admin = new NpgsqlConnection(server);
        await admin.OpenAsync(TestContext.Current.CancellationToken);
        await using var drop = new NpgsqlCommand($"DROP DATABASE {name} WITH (FORCE)", admin);
        await drop.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_role_that_may_not_enter_ends_in_a_sentence()
    {
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Postgres, postgres);
        var stranger = new Database(DatabaseKind.Postgres, new NpgsqlConnectionStringBuilder(store.Database.ConnectionString) { Username = "nobody" }.ToString());

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StoreUnderTest.MigrateAsync(store.Replica(stranger)));

        Assert.Contains("nobody", refused.Message, StringComparison.Ordinal);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task The_lock_excludes_and_ends_with_its_holder(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var first = await StoreLock.TakeAsync(store.Database, TimeProvider.System, TestContext.Current.CancellationToken);

        var second = StoreLock.TakeAsync(store.Database, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);
        await first.DisposeAsync();

        await (await second).DisposeAsync();
    }
}
