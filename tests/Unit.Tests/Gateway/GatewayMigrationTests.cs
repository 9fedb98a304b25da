using GrokForge.Gateway.Store;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.Gateway;

public sealed class GatewayMigrationTests
{
    [Fact]
    public void The_migrations_tell_the_whole_model_on_both_databases()
    {
        using var postgres = new PostgresGatewayStoreDesign().CreateDbContext([]);
        using var sqlite = new SqliteGatewayStoreDesign().CreateDbContext([]);
        Assert.False(postgres.Database.HasPendingModelChanges());
        Assert.False(sqlite.Database.HasPendingModelChanges());
    }
}
