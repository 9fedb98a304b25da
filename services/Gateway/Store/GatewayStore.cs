using GrokForge.Gateway.Keys;
using GrokForge.Gateway.SettingsOverrides;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace GrokForge.Gateway.Store;

/// <summary>The gateway's own tables: virtual keys, usage, saved settings.</summary>
internal abstract class GatewayStore(DbContextOptions options) : StoreContext(options, Schema)
{
    public const string Schema = "gateway";

    public DbSet<VirtualKey> VirtualKeys => Set<VirtualKey>();

    public DbSet<UsageRow> Usage => Set<UsageRow>();

    public DbSet<SavedSetting> Settings => Set<SavedSetting>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfiguration(new VirtualKey.Map());
        modelBuilder.ApplyConfiguration(new UsageRow.Map());
        modelBuilder.ApplyConfiguration(new SavedSetting.Map());
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>The gateway's tables on PostgreSQL.</summary>
internal sealed class PostgresGatewayStore(DbContextOptions<PostgresGatewayStore> options) : GatewayStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261122194700_First", "20261123021247_ReasoningAndNotes", "20261123105000_UsageEntryIds"];
}

/// <summary>The gateway's tables on SQLite.</summary>
internal sealed class SqliteGatewayStore(DbContextOptions<SqliteGatewayStore> options) : GatewayStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261122194711_First", "20261123021252_ReasoningAndNotes", "20261123105000_UsageEntryIds"];
}

/// <summary>Builds the PostgreSQL store for <c>dotnet ef</c>.</summary>
internal sealed class PostgresGatewayStoreDesign : IDesignTimeDbContextFactory<PostgresGatewayStore>
{
    public PostgresGatewayStore CreateDbContext(string[] args) => new(StoreDesign.Options<PostgresGatewayStore>(DatabaseKind.Postgres));
}

/// <summary>Builds the SQLite store for <c>dotnet ef</c>.</summary>
internal sealed class SqliteGatewayStoreDesign : IDesignTimeDbContextFactory<SqliteGatewayStore>
{
    public SqliteGatewayStore CreateDbContext(string[] args) => new(StoreDesign.Options<SqliteGatewayStore>(DatabaseKind.Sqlite));
}
