using GrokForge.Gateway.Store;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.Gateway;

/// <summary>The gateway's store on a SQLite database in memory, migrated; it can be taken away.</summary>
internal sealed class GatewayStoreInMemory : IDbContextFactory<GatewayStore>, IDisposable
{
    private readonly SqliteConnection _keeper;
    private readonly DbContextOptions<SqliteGatewayStore> _options;

    public GatewayStoreInMemory()
    {
        var connection = $"Data Source={Guid.NewGuid():N};Mode=Memory;Cache=Shared";
        _keeper = new SqliteConnection(connection);
        _keeper.Open();
        _options = new DbContextOptionsBuilder<SqliteGatewayStore>().UseSqlite(connection).Options;
        using var store = new SqliteGatewayStore(_options);
        store.Database.Migrate();
    }

    public bool IsAway { get; set; }

    /// <summary>How often a context was asked for.</summary>
    public int Uses { get; private set; }

    public GatewayStore CreateDbContext()
    {
        Uses++;
        return IsAway ? throw new SqliteException("The database is away.", 14) : new SqliteGatewayStore(_options);
    }

    public void Dispose() => _keeper.Dispose();
}
