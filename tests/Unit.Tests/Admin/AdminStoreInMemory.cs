using GrokForge.Admin.Store;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.Admin;

/// <summary>Admin's store on a SQLite database in memory, migrated.</summary>
internal sealed class AdminStoreInMemory : IDbContextFactory<AdminStore>, IDisposable
{
    private readonly SqliteConnection _keeper;
    private readonly DbContextOptions<SqliteAdminStore> _options;

    public AdminStoreInMemory()
    {
        var connection = $"Data Source={Guid.NewGuid():N};Mode=Memory;Cache=Shared";
        _keeper = new SqliteConnection(connection);
        _keeper.Open();
        _options = new DbContextOptionsBuilder<SqliteAdminStore>().UseSqlite(connection).Options;
        Reader = PlainReads.Of(connection, () => new SqliteConnection(connection));
        using var store = new SqliteAdminStore(_options);
        store.Database.Migrate();
    }

    /// <summary>What reads by plain commands.</summary>
    public StoreReader Reader { get; }

    public AdminStore CreateDbContext() => new SqliteAdminStore(_options);

    public void Dispose() => _keeper.Dispose();
}
