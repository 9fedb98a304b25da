using System.Data.Common;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace GrokForge.Contracts.Tests.Stores;

public sealed class StoreReaderTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task What_EF_wrote_is_read_by_plain_commands(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var replica = store.Replica();
        await StoreUnderTest.MigrateAsync(replica);
        var noon = new DateTimeOffset(2026, 11, 22, 12, 0, 0, 123, 456, TimeSpan.Zero);
        await using (var writer = await StoreUnderTest.OpenAsync(replica))
        {
            writer.AddRange(new Note { BodyText = "noon", WrittenAt = noon }, new Note { BodyText = "later", WrittenAt = noon.AddHours(1) });
            await writer.SaveChangesAsync(Cancel);
        }
        var reader = replica.GetRequiredService<StoreReader>();

        var rows = await reader.ReadAsync(
            $"SELECT id, body_text, written_at FROM {reader.Table("notes", "notes")} WHERE written_at = @noon", [("noon", reader.Instant(noon.ToOffset(TimeSpan.FromHours(2))))],
            row => (Id: row.BigNumber(0), Text: row.Text(1), At: row.InstantOrNull(2)), Cancel);

        var (id, text, at) = Assert.Single(rows);
        Assert.Equal(("noon", noon), (text, at));
        Assert.True(id > 1);
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, """SELECT '["a","b"]', 7, 1, x'0102', NULL""")]
    [InlineData(DatabaseKind.Postgres, "SELECT ARRAY['a', 'b'], 7, true, '\\x0102'::bytea, NULL::timestamptz")]
    public async Task Lists_numbers_flags_bytes_and_nothing_are_read_in_the_form_of_their_database(DatabaseKind kind, string sql)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var reader = store.Replica().GetRequiredService<StoreReader>();

        var (list, number, flag, bytes, nothing) = Assert.Single(await reader.ReadAsync(
            sql, [], row => (row.Texts(0), row.Number(1), row.Flag(2), row.Bytes(3), row.InstantOrNull(4)), Cancel));

        Assert.Equal(["a", "b"], list);
        Assert.Equal((7, true), (number, flag));
        Assert.Equal([1, 2], bytes);
        Assert.Null(nothing);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_command_that_is_wrong_is_not_tried_again(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var opened = 0;
        var reader = new StoreReader(
            store.Database, () => { opened++; return StoreReader.Connect(store.Database); }, new NpgsqlStoreOptions(false, false, false, false, 15), TimeProvider.System);

        await Assert.ThrowsAnyAsync<DbException>(() => reader.ReadAsync("SELECT nothing", [], row => row.Text(0), Cancel));

        Assert.Equal(1, opened);
    }

    [Fact]
    public async Task A_connection_that_the_server_ended_is_replaced()
    {
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Postgres, postgres);
        var reader = store.Replica().GetRequiredService<StoreReader>();
        var session = Assert.Single(await reader.ReadAsync("SELECT pg_backend_pid()", [], row => row.Number(0), Cancel));
        await using var killer = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(store.Database.ConnectionString) { Pooling = false }.ToString());
        await killer.OpenAsync(Cancel);
        await using var kill = new NpgsqlCommand("SELECT pg_terminate_backend($1)", killer) { Parameters = { new() { Value = session } } };
        await kill.ExecuteScalarAsync(Cancel);

        var next = Assert.Single(await reader.ReadAsync("SELECT pg_backend_pid()", [], row => row.Number(0), Cancel));

        Assert.NotEqual(session, next);
    }
}
