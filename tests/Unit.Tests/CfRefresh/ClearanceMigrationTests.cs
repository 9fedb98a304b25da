using GrokForge.CfRefresh.Clearance;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.CfRefresh;

public sealed class ClearanceMigrationTests
{
    [Fact]
    public void The_migrations_tell_the_whole_model_on_both_databases()
    {
        using var postgres = new PostgresClearanceStoreDesign().CreateDbContext([]);
        using var sqlite = new SqliteClearanceStoreDesign().CreateDbContext([]);
        Assert.False(postgres.Database.HasPendingModelChanges());
        Assert.False(sqlite.Database.HasPendingModelChanges());
    }
}
