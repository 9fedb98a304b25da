using GrokForge.ServiceDefaults.Stores;
using GrokForge.TestKit.Servers;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Contracts.Tests.Stores;

public sealed class StoreContextTests(PostgresServer postgres) : IClassFixture<PostgresServer>
{
    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task Rows_come_back_and_instants_sort_and_compare(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var replica = store.Replica();
        await StoreUnderTest.MigrateAsync(replica);
        var noon = new DateTimeOffset(2026, 11, 22, 12, 0, 0, 123, 456, TimeSpan.Zero);
        await using (var writer = await StoreUnderTest.OpenAsync(replica))
        {
            writer.AddRange(new Note { BodyText = "later", WrittenAt = noon.AddHours(1) }, new Note { BodyText = "noon", WrittenAt = noon });
            await writer.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        await using var reader = await StoreUnderTest.OpenAsync(replica);
        var found = await reader.Notes.Where(n => n.WrittenAt >= noon).OrderBy(n => n.WrittenAt).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["noon", "later"], found.Select(n => n.BodyText));
        Assert.Equal(noon, found[0].WrittenAt);
    }

    [Theory, InlineData(DatabaseKind.Sqlite), InlineData(DatabaseKind.Postgres)]
    public async Task A_row_that_points_nowhere_is_refused(DatabaseKind kind)
    {
        await using var store = await StoreUnderTest.CreateAsync(kind, postgres);
        var replica = store.Replica();
        await StoreUnderTest.MigrateAsync(replica);
        await using var writer = await StoreUnderTest.OpenAsync(replica);
        writer.Add(new Note { BodyText = "orphan", ParentId = 4711 });

        await Assert.ThrowsAsync<DbUpdateException>(() => writer.SaveChangesAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SQLite_keeps_a_write_ahead_log()
    {
        await using var store = await StoreUnderTest.CreateAsync(DatabaseKind.Sqlite, postgres);
        var replica = store.Replica();
        await StoreUnderTest.MigrateAsync(replica);

        Assert.Equal("wal", await store.ScalarAsync("PRAGMA journal_mode"));
    }
}
