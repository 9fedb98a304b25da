using System.Data.Common;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Data.Sqlite;

namespace GrokForge.Contracts.Tests.Settings;

public sealed class SavedOverridesInSqlite : SavedOverridesContract
{
    private readonly string _folder = Directory.CreateTempSubdirectory("grokforge-overrides-").FullName;

    protected override Database Store => Database.Sqlite(Path.Combine(_folder, "grokforge.db"));

    protected override Database Unreachable => Database.Sqlite(typeof(SavedOverridesInSqlite).Assembly.Location);

    public override ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Reading_does_not_create_the_file()
    {
        await A_table_that_does_not_exist_yet_holds_nothing();
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    protected override DbConnection Connect() => new SqliteConnection(Store.ConnectionString);
}
