using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>
/// Reads rows by plain commands: what a process reads while it starts or idles. EF with its models and compilers is loaded by whoever first writes or searches.
/// </summary>
public sealed class StoreReader
{
    private static readonly TimeSpan[] NoPauses = [];

    // As EF's own strategy for Postgres does it for the other commands.
    private static readonly TimeSpan[] PostgresPauses = [TimeSpan.Zero, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1)];

    private readonly Database _database;
    private readonly Func<DbConnection> _connect;
    private readonly NpgsqlStoreOptions _options;
    private readonly TimeProvider _time;

    internal StoreReader(Database database, Func<DbConnection> connect, NpgsqlStoreOptions options, TimeProvider time) =>
        (_database, _connect, _options, _time) = (database, connect, options, time);

    /// <summary>A table's name as commands write it.</summary>
    public string Table(string schema, string name) => _database.Table(schema, name);

    /// <summary>An instant as the stores keep it, for a parameter.</summary>
    public object Instant(DateTimeOffset instant) => _database.Instant(instant);

    /// <summary>All rows. <paramref name="sql"/> is constant text; values are parameters.</summary>
    /// <exception cref="DbException">The database is away, also after some more tries on Postgres.</exception>
    public async Task<List<T>> ReadAsync<T>(string sql, (string Name, object Value)[] parameters, Func<StoredRow, T> read, CancellationToken cancellationToken)
    {
        var pauses = _database.Kind == DatabaseKind.Sqlite || _options.DisableRetry ? NoPauses : PostgresPauses;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await TryReadAsync(sql, parameters, read, cancellationToken);
            }
            catch (DbException e) when (e.IsTransient && attempt < pauses.Length)
            {
                await Task.Delay(pauses[attempt], _time, cancellationToken);
            }
        }
    }

    internal static DbConnection Connect(Database database) => database.Kind == DatabaseKind.Sqlite ? Sqlite(database) : Postgres(database);

    // Apart, so that a process loads only the driver it uses.
    private static SqliteConnection Sqlite(Database database) => new(database.ConnectionString);

    private static NpgsqlConnection Postgres(Database database) => new(database.ConnectionString);

    private async Task<List<T>> TryReadAsync<T>(string sql, (string Name, object Value)[] parameters, Func<StoredRow, T> read, CancellationToken cancellationToken)
    {
        await using var connection = _connect();
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text with the stores' own table names.
        command.CommandText = sql;
#pragma warning restore CA2100
        if (_database.Kind == DatabaseKind.Postgres)
            command.CommandTimeout = _options.CommandTimeoutSeconds;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }

        List<T> rows = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(read(new StoredRow(reader, _database.Kind)));
        return rows;
    }
}
