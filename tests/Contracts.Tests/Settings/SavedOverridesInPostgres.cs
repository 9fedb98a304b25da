using System.Data.Common;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Npgsql;

namespace GrokForge.Contracts.Tests.Settings;

public sealed class SavedOverridesInPostgres(PostgresServer server) : SavedOverridesContract, IClassFixture<PostgresServer>
{
    private string _database = "";

    protected override Database Store => new(DatabaseKind.Postgres, _database);

    protected override Database Unreachable => new(DatabaseKind.Postgres, "Host=127.0.0.1;Port=1;Username=nobody;Database=none;Timeout=2");

    public override async ValueTask InitializeAsync() => _database = await server.CreateDatabaseAsync();

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_schema_without_the_table_holds_nothing()
    {
        await using (var connection = Connect())
        {
            await connection.OpenAsync(Cancellation);
            await using var command = connection.CreateCommand();
            command.CommandText = "CREATE SCHEMA gateway";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await A_table_that_does_not_exist_yet_holds_nothing();
    }

    protected override DbConnection Connect() => new NpgsqlConnection(_database);
}
