using System.Data.Common;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrokForge.Contracts.Tests.Stores;

/// <summary>An empty database of one kind, and replicas that open the notes store on it.</summary>
internal sealed class StoreUnderTest : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("grokforge-store-");
    private readonly List<WebApplication> _replicas = [];

    private StoreUnderTest(Database? database) => Database = database ?? Database.Sqlite(Path.Combine(_folder.FullName, "notes.db"));

    public Database Database { get; }

    public string File => new SqliteConnectionStringBuilder(Database.ConnectionString).DataSource;

    public static async Task<StoreUnderTest> CreateAsync(DatabaseKind kind, PostgresServer postgres) =>
        new(kind == DatabaseKind.Sqlite ? null : new Database(DatabaseKind.Postgres, await postgres.CreateDatabaseAsync()));

    /// <summary>A process that would open the store, or one on the same database that has none.</summary>
    public IServiceProvider Replica(Database? database = null, bool withStore = true, bool withEveryStore = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(database ?? Database).AddSingleton(new DataFolder(_folder.FullName));
        builder.AddMigrations();
        if (withStore)
            builder.AddStore<NotesStore, PostgresNotesStore, SqliteNotesStore>("notes");
        if (withEveryStore)
            builder.HasEveryStore();
        var replica = builder.Build();
        _replicas.Add(replica);
        return replica.Services;
    }

    public static Task MigrateAsync(IServiceProvider replica) => replica.GetRequiredService<StoreMigrator>().MigrateAsync(TestContext.Current.CancellationToken);

    public static Task<NotesStore> OpenAsync(IServiceProvider replica) =>
        replica.GetRequiredService<IDbContextFactory<NotesStore>>().CreateDbContextAsync(TestContext.Current.CancellationToken);

    public async Task<object?> ScalarAsync(string sql)
    {
        await using DbConnection connection = Database.Kind == DatabaseKind.Sqlite ? new SqliteConnection(Database.ConnectionString) : new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _folder.Delete(recursive: true);
    }
}
