using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore.Design;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Builds the PostgreSQL model for <c>dotnet ef</c>.</summary>
internal sealed class PostgresTokenStoreDesign : IDesignTimeDbContextFactory<PostgresTokenStore>
{
    public PostgresTokenStore CreateDbContext(string[] args) => new(StoreDesign.Options<PostgresTokenStore>(DatabaseKind.Postgres));
}

/// <summary>Builds the SQLite model for <c>dotnet ef</c>.</summary>
internal sealed class SqliteTokenStoreDesign : IDesignTimeDbContextFactory<SqliteTokenStore>
{
    public SqliteTokenStore CreateDbContext(string[] args) => new(StoreDesign.Options<SqliteTokenStore>(DatabaseKind.Sqlite));
}
