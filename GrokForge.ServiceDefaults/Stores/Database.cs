using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Which database system a process uses.</summary>
public enum DatabaseKind { Sqlite, Postgres }

/// <summary>The database a process uses: its kind and its connection string.</summary>
public sealed record Database(DatabaseKind Kind, string ConnectionString)
{
    /// <summary>Name of the connection string and of the Aspire resource.</summary>
    public const string Name = "grokforge";

    /// <summary>Table name in the form of its database: schema and name on Postgres, prefix and name on SQLite.</summary>
    public string Table(string schema, string name) => Kind == DatabaseKind.Postgres ? $"{schema}.{name}" : $"{schema}_{name}";

    /// <summary>An instant as the stores keep it, for a parameter.</summary>
    public object Instant(DateTimeOffset instant) => Kind == DatabaseKind.Sqlite ? instant.UtcTicks : instant.ToUniversalTime();

    /// <summary>The database as a person would name it, without credentials.</summary>
    public string Describe()
    {
        if (Kind == DatabaseKind.Sqlite)
            return new SqliteConnectionStringBuilder(ConnectionString).DataSource;

        var postgres = new NpgsqlConnectionStringBuilder(ConnectionString);
        return $"{postgres.Database} on {postgres.Host}:{postgres.Port}";
    }

    /// <summary>A connection string named grokforge means Postgres; else <c>app.db_driver</c> decides.</summary>
    internal static Database Resolve(AppOptions app, IConfiguration configuration, DataFolder folder, string service)
    {
        const string section = "Aspire:Npgsql:EntityFrameworkCore:PostgreSQL";
        var given = configuration.GetConnectionString(Name) ?? configuration[$"{section}:{Name}:ConnectionString"] ?? configuration[$"{section}:ConnectionString"];
        if (!string.IsNullOrWhiteSpace(given))
            return Postgres(given, service);

        if (app.DbDriver == "postgres")
        {
            return string.IsNullOrWhiteSpace(app.DbDsn)
                ? throw new StartRefusedException("app.db_driver is postgres, but neither app.db_dsn nor a connection string named grokforge says where it is. Set one of them.")
                : Postgres(app.DbDsn, service);
        }
        return Sqlite(app.DbPath.Length == 0 ? folder.In("grokforge.db") : Path.GetFullPath(app.DbPath, DataFolder.Home));
    }

    internal static Database Sqlite(string file) => new(DatabaseKind.Sqlite, new SqliteConnectionStringBuilder
    {
        DataSource = file,
        ForeignKeys = true,
        DefaultTimeout = 30,
    }.ToString());

    private static Database Postgres(string text, string service)
    {
        var builder = PostgresDsn.Parse(text);
        builder.ApplicationName ??= $"grokforge-{service}";
        return new Database(DatabaseKind.Postgres, builder.ToString());
    }
}
