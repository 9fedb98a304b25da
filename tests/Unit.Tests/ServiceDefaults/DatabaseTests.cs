using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class DatabaseTests
{
    private static readonly string Folder = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "gf-data"));

    [Fact]
    public void Nothing_said_means_SQLite_in_the_data_folder()
    {
        var database = Resolve(new AppOptions());

        Assert.Equal(DatabaseKind.Sqlite, database.Kind);
        Assert.Equal(Path.Combine(Folder, "grokforge.db"), new SqliteConnectionStringBuilder(database.ConnectionString).DataSource);
    }

    [Fact]
    public void A_relative_path_starts_beside_the_data_folders_own() =>
        Assert.Equal(Path.Combine(DataFolder.Home, "data", "my.db"), new SqliteConnectionStringBuilder(Resolve(new AppOptions { DbPath = "data/my.db" }).ConnectionString).DataSource);

    [Fact]
    public void A_connection_string_beats_the_driver()
    {
        var database = Resolve(new AppOptions { DbDriver = "sqlite", DbDsn = "host=other" }, ("ConnectionStrings:grokforge", "Host=aspire;Database=grokforge"));

        Assert.Equal(DatabaseKind.Postgres, database.Kind);
        Assert.Equal("aspire", new NpgsqlConnectionStringBuilder(database.ConnectionString).Host);
    }

    [Theory, InlineData("Aspire:Npgsql:EntityFrameworkCore:PostgreSQL:ConnectionString"), InlineData("Aspire:Npgsql:EntityFrameworkCore:PostgreSQL:grokforge:ConnectionString")]
    public void The_section_of_the_Aspire_integration_names_a_database(string key) => Assert.Equal(DatabaseKind.Postgres, Resolve(new AppOptions(), (key, "Host=aspire")).Kind);

    [Fact]
    public void The_driver_postgres_takes_the_dsn() =>
        Assert.Equal("db", new NpgsqlConnectionStringBuilder(Resolve(new AppOptions { DbDriver = "postgres", DbDsn = "postgres://db/f" }).ConnectionString).Host);

    [Fact]
    public void The_driver_postgres_without_a_dsn_is_refused() => Assert.Contains("app.db_dsn", Assert.Throws<StartRefusedException>(() => Resolve(new AppOptions { DbDriver = "postgres" })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_description_holds_no_password() =>
        Assert.Equal("f on db:5432", Resolve(new AppOptions { DbDriver = "postgres", DbDsn = "postgres://u:hunter2@db/f" }).Describe());

    [Theory, InlineData("DailyUsed", "daily_used"), InlineData("Id", "id"), InlineData("KeySHA256", "key_sha256"), InlineData("already_snake", "already_snake"), InlineData("HTTPStatus", "http_status"), InlineData("TTFTMs", "ttft_ms")]
    public void Names_become_snake_case(string name, string expected) => Assert.Equal(expected, StoreNaming.SnakeCase(name));

    private static Database Resolve(AppOptions app, params (string Key, string Value)[] configuration) => Database.Resolve(
        app, new ConfigurationBuilder().AddInMemoryCollection(configuration.ToDictionary(c => c.Key, c => (string?)c.Value)).Build(), new DataFolder(Folder), "test");
}
