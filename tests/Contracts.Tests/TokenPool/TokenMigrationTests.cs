using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using GrokForge.TokenPool.Tokens;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>Tokens outlive an upgrade, and the version before goes on beside it.</summary>
public sealed class TokenMigrationTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private const string Columns =
        "secret, fingerprint, pool, status, status_reason, priority, max_inflight, remark, fail_count, generation, rev, last_used, exhausted, quotas, created_at, updated_at";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task Every_migration_keeps_the_tokens_and_takes_rows_of_the_first_version(DatabaseKind kind)
    {
        var folder = Directory.CreateTempSubdirectory("grokforge-tokens-");
        try
        {
            await using var store = kind == DatabaseKind.Sqlite
                ? (TokenStore)new SqliteTokenStore(Options<SqliteTokenStore>(o => o.UseSqlite($"Data Source={Path.Combine(folder.FullName, "t.db")};Pooling=False", s => s.MigrationsHistoryTable("__migrations_tokenpool"))))
                : new PostgresTokenStore(Options<PostgresTokenStore>(await PostgresAsync()));
            IReadOnlyList<string> migrations = kind == DatabaseKind.Sqlite ? SqliteTokenStore.Migrations : PostgresTokenStore.Migrations;
            for (var i = 0; i < migrations.Count; i++)
            {
                await store.Database.MigrateAsync(migrations[i], Cancellation);
                await store.Database.ExecuteSqlRawAsync(OldRow(kind, (byte)i), Cancellation);
            }

            var tokens = await store.Tokens.AsNoTracking().OrderBy(t => t.Id).ToListAsync(Cancellation);
            Assert.Equal(migrations.Count, tokens.Count);
            Assert.All(tokens, t => Assert.Equal(("basic", 7L, "", "{\"auto\":{\"left\":3,\"limit\":7,\"resume\":0}}"), (t.Pool, t.Rev, t.Recent, t.Quotas)));
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    private async Task<Action<DbContextOptionsBuilder>> PostgresAsync()
    {
        var connection = await postgres.CreateDatabaseAsync();
        return o => o.UseNpgsql(connection, p => p.MigrationsHistoryTable("__migrations_tokenpool"));
    }

    private static DbContextOptions<T> Options<T>(Action<DbContextOptionsBuilder> configure) where T : DbContext
    {
        var builder = new DbContextOptionsBuilder<T>();
        configure(builder);
        return builder.Options;
    }

    // As the first version writes it: later columns have their defaults.
    private static string OldRow(DatabaseKind kind, byte number)
    {
        var (table, bytes, no, now) = kind == DatabaseKind.Sqlite ? ("tokenpool_tokens", $"x'0{number}'", "0", "0") : ("tokenpool.tokens", $"'\\x0{number}'::bytea", "false", "now()");
        return $"INSERT INTO {table} ({Columns}) VALUES ({bytes}, {bytes}, 'basic', 'active', '', 0, -1, '', 0, 1, 7, 0, {no}, '{{{{\"auto\":{{{{\"left\":3,\"limit\":7,\"resume\":0}}}}}}}}', {now}, {now})";
    }
}
