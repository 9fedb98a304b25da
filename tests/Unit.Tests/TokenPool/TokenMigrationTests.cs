using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Unit.Tests.TokenPool;

public sealed class TokenMigrationTests
{
    [Fact]
    public void The_migrations_tell_the_whole_model_on_both_databases()
    {
        using var postgres = new PostgresTokenStoreDesign().CreateDbContext([]);
        using var sqlite = new SqliteTokenStoreDesign().CreateDbContext([]);
        Assert.False(postgres.Database.HasPendingModelChanges());
        Assert.False(sqlite.Database.HasPendingModelChanges());
    }
}
