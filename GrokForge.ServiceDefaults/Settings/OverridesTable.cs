using System.Data.Common;
using System.Globalization;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Reads the gateway's table of saved overrides, by plain SQL: every service may, none but the gateway writes it.</summary>
/// <remarks>One row per key (key, value) and one row named version. A table that does not exist yet holds nothing.</remarks>
public sealed class OverridesTable(Database database)
{
    public const string Schema = "gateway";

    public const string Name = "settings";

    /// <summary>The row that holds the version; no setting's key is without a dot.</summary>
    public const string VersionKey = "version";

    private const int CannotOpen = 14;

    /// <summary>The version of the saved overrides; 0: nothing was ever saved.</summary>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    internal async Task<long> ReadVersionAsync(CancellationToken cancellationToken) =>
        (await ReadAsync($"SELECT key, value FROM {Table} WHERE key = '{VersionKey}'", cancellationToken)).Version;

    /// <summary>All saved overrides as they are stored, and their version, of one moment.</summary>
    /// <exception cref="DbException">The database cannot be reached.</exception>
    internal Task<StoredOverrides> ReadAllAsync(CancellationToken cancellationToken) => ReadAsync($"SELECT key, value FROM {Table}", cancellationToken);

    private string Table => database.Table(Schema, Name);

    private async Task<StoredOverrides> ReadAsync(string query, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            await using var connection = Connect();
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constants and the table's own name are in it.
            command.CommandText = query;
#pragma warning restore CA2100
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                values[reader.GetString(0)] = reader.GetString(1);
        }
        catch (DbException exception) when (IsNotThereYet(exception))
        {
            return new([], 0);
        }

        _ = values.Remove(VersionKey, out var text);
        return new(values, long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0);
    }

    // Reading must not create the SQLite file that the migrator is to create.
    private DbConnection Connect() => database.Kind == DatabaseKind.Postgres
        ? StoreReader.Connect(database)
        : new SqliteConnection(new SqliteConnectionStringBuilder(database.ConnectionString) { Mode = SqliteOpenMode.ReadWrite }.ToString());

    private bool IsNotThereYet(DbException exception) => exception switch
    {
        PostgresException postgres => postgres.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName,
        SqliteException { SqliteErrorCode: CannotOpen } => !File.Exists(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource),
        SqliteException sqlite => sqlite.Message.Contains("no such table", StringComparison.Ordinal),
        _ => false,
    };
}

/// <summary>What the table held at one moment.</summary>
internal sealed record StoredOverrides(Dictionary<string, string> Values, long Version);
