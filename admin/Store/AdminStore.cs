using GrokForge.Admin.Audit;
using GrokForge.Admin.Passwords;
using GrokForge.Admin.Sessions;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace GrokForge.Admin.Store;

/// <summary>Admin's own tables: sessions, the hash of the generated password, and what was done that must not go unnoticed.</summary>
internal abstract class AdminStore(DbContextOptions options) : StoreContext(options, Schema)
{
    public const string Schema = "admin";

    public DbSet<AdminSession> Sessions => Set<AdminSession>();

    public DbSet<AuditEntry> Audit => Set<AuditEntry>();

    public DbSet<StoredPassword> Passwords => Set<StoredPassword>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfiguration(new AdminSession.Map());
        modelBuilder.ApplyConfiguration(new StoredPassword.Map());
        modelBuilder.ApplyConfiguration(new AuditEntry.Map());
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>Admin's tables on PostgreSQL.</summary>
internal sealed class PostgresAdminStore(DbContextOptions<PostgresAdminStore> options) : AdminStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261122194722_First", "20261123160000_Audit"];
}

/// <summary>Admin's tables on SQLite.</summary>
internal sealed class SqliteAdminStore(DbContextOptions<SqliteAdminStore> options) : AdminStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261122194735_First", "20261123160010_Audit"];
}

/// <summary>Builds the PostgreSQL store for <c>dotnet ef</c>.</summary>
internal sealed class PostgresAdminStoreDesign : IDesignTimeDbContextFactory<PostgresAdminStore>
{
    public PostgresAdminStore CreateDbContext(string[] args) => new(StoreDesign.Options<PostgresAdminStore>(DatabaseKind.Postgres));
}

/// <summary>Builds the SQLite store for <c>dotnet ef</c>.</summary>
internal sealed class SqliteAdminStoreDesign : IDesignTimeDbContextFactory<SqliteAdminStore>
{
    public SqliteAdminStore CreateDbContext(string[] args) => new(StoreDesign.Options<SqliteAdminStore>(DatabaseKind.Sqlite));
}
