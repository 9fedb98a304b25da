using System.Data.Common;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Unit.Tests;

/// <summary>Makes readers of databases that tests keep in memory.</summary>
internal static class PlainReads
{
    public static StoreReader Of(string sqlite, Func<DbConnection> connect) =>
        new(new Database(DatabaseKind.Sqlite, sqlite), connect, new NpgsqlStoreOptions(true, true, true, true, 15), TimeProvider.System);
}
