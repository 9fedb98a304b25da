using GrokForge.Admin.Store;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.Admin;

public sealed class AdminMigrationTests
{
    [Fact]
    public void The_migrations_tell_the_whole_model_on_both_databases()
    {
        using var postgres = new PostgresAdminStoreDesign().CreateDbContext([]);
        using var sqlite = new SqliteAdminStoreDesign().CreateDbContext([]);
        Assert.False(postgres.Database.HasPendingModelChanges());
        Assert.False(sqlite.Database.HasPendingModelChanges());
    }
}
