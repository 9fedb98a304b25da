using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace GrokForge.CfRefresh.Clearance;

/// <summary>The table of clearances: one row per egress.</summary>
internal abstract class ClearanceStore(DbContextOptions options) : StoreContext(options, Schema)
{
    public const string Schema = "clearance";
    public const string Table = "clearances";

    public DbSet<ClearanceRow> Clearances => Set<ClearanceRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ClearanceRow>(row =>
        {
            row.ToTable(Table);
            row.HasKey(r => r.Egress);
            row.Property(r => r.Egress).HasMaxLength(300);
            row.Property(r => r.Error).HasMaxLength(ClearanceRow.ErrorLimit);
        });
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>The table on PostgreSQL.</summary>
internal sealed class PostgresClearanceStore(DbContextOptions<PostgresClearanceStore> options) : ClearanceStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261123210000_FirstClearances"];
}

/// <summary>The table on SQLite.</summary>
internal sealed class SqliteClearanceStore(DbContextOptions<SqliteClearanceStore> options) : ClearanceStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261123210010_FirstClearances"];
}

/// <summary>Builds the PostgreSQL model for <c>dotnet ef</c>.</summary>
internal sealed class PostgresClearanceStoreDesign : IDesignTimeDbContextFactory<PostgresClearanceStore>
{
    public PostgresClearanceStore CreateDbContext(string[] args) => new(StoreDesign.Options<PostgresClearanceStore>(DatabaseKind.Postgres));
}

/// <summary>Builds the SQLite model for <c>dotnet ef</c>.</summary>
internal sealed class SqliteClearanceStoreDesign : IDesignTimeDbContextFactory<SqliteClearanceStore>
{
    public SqliteClearanceStore CreateDbContext(string[] args) => new(StoreDesign.Options<SqliteClearanceStore>(DatabaseKind.Sqlite));
}
