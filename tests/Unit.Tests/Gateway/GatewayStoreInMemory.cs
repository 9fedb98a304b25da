using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Stores;
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
        Reader = PlainReads.Of(connection, () => Use(() => new SqliteConnection(connection)));
        using var store = new SqliteGatewayStore(_options);
        store.Database.Migrate();
    }

    /// <summary>What reads by plain commands.</summary>
    public StoreReader Reader { get; }

    public bool IsAway { get; set; }

    /// <summary>How often a context was or a connection was asked for.</summary>
    public int Uses { get; private set; }

    public GatewayStore CreateDbContext() => Use(() => new SqliteGatewayStore(_options));

    private T Use<T>(Func<T> open)
    {
        Uses++;
        return IsAway ? throw new SqliteException("The database is away.", 14) : open();
    }

    public void Dispose() => _keeper.Dispose();
}
