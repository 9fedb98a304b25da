using System.Data.Common;
using GrokForge.ServiceDefaults.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Reads by plain commands which tables and migrations a database holds, so that a start without migrations never loads EF's migrator.</summary>
internal sealed partial class StoreInventory(Database database, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What a database holds.</summary>
    /// <param name="ForeignTables">Tables that are not bookkeeping of ours.</param>
    /// <param name="Applied">Migration ids by history table.</param>
    public sealed record Content(IReadOnlyList<string> ForeignTables, IReadOnlyDictionary<string, IReadOnlyList<string>> Applied);

    private const string TablesOfSqlite = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

    private const string TablesOfPostgres =
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') "
        + "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' "
        + "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')";

    /// <summary>Waits up to a minute for the server and creates the database where it is missing.</summary>
    public Task WaitForServerAsync(CancellationToken cancellationToken) =>
        database.Kind == DatabaseKind.Sqlite ? Task.CompletedTask : WaitForPostgresAsync(cancellationToken);

    private async Task WaitForPostgresAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var missing = false;
        while (true)
        {
            try
            {
                if (missing)
                    await CreateDatabaseAsync(cancellationToken);
                await using var connection = await OpenAsync(cancellationToken);
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidCatalogName && !missing)
            {
                missing = true;
            }
            catch (Exception e) when (MayPass(e))
            {
                if (time.GetElapsedTime(started) > Patience)
                    throw new StartRefusedException($"The database {database.Describe()} cannot be reached: {e.Message}", e);
                Log.Waiting(logger, database.Describe(), e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
            }
            catch (NpgsqlException e)
            {
                throw new StartRefusedException($"The database {database.Describe()} refuses us: {(e as PostgresException)?.MessageText ?? e.Message.TrimEnd('.')}. Correct app.db_dsn or the connection string grokforge.", e);
            }
        }
    }

    // A refusal by the server or of its certificate stays one; a server or a name that is not there yet may come.
    private static bool MayPass(Exception e) => e is NpgsqlException refusal
        ? refusal.IsTransient || e is PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow }
        : DatabaseFault.Is(e);

    public async Task<Content> ReadAsync(CancellationToken cancellationToken)
    {
        if (database.Kind == DatabaseKind.Sqlite && !File.Exists(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource))
            return new Content([], new Dictionary<string, IReadOnlyList<string>>());

        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            var tables = await ListAsync(connection, database.Kind == DatabaseKind.Sqlite ? TablesOfSqlite : TablesOfPostgres, cancellationToken);
            Dictionary<string, IReadOnlyList<string>> applied = [];
            foreach (var history in tables.Where(t => t.StartsWith("__migrations_", StringComparison.Ordinal)))
                applied[history] = await ListAsync(connection, $"SELECT \"MigrationId\" FROM \"{history}\" ORDER BY 1", cancellationToken);
            return new Content([.. tables.Where(t => !t.StartsWith("__", StringComparison.Ordinal))], applied);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 26 or 11)
        {
            throw new StartRefusedException($"The file {database.Describe()} is not an SQLite database. It was left untouched. Name another one with app.db_path.", e);
        }
    }

    public async Task ClearStaleLockAsync(CancellationToken cancellationToken)
    {
        if (database.Kind != DatabaseKind.Sqlite || !File.Exists(new SqliteConnectionStringBuilder(database.ConnectionString).DataSource))
            return;

        await using var connection = new SqliteConnection(Unpooled(SqliteOpenMode.ReadWrite));
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "DROP TABLE IF EXISTS \"__EFMigrationsLock\"";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = database.Kind == DatabaseKind.Sqlite ? new SqliteConnection(Unpooled(SqliteOpenMode.ReadOnly)) : StoreReader.Connect(database);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private string Unpooled(SqliteOpenMode mode) => new SqliteConnectionStringBuilder(database.ConnectionString) { Mode = mode, Pooling = false }.ToString();

    private async Task CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var wanted = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Database = "postgres", Pooling = false }.ToString());
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = $"CREATE DATABASE \"{wanted.Database!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ObjectInUse)
        {
            // Another replica was faster.
        }
        catch (PostgresException e) when (!MayPass(e))
        {
            throw new StartRefusedException($"The database {database.Describe()} does not exist and may not be created: {e.MessageText}. Create it, or allow the role to.", e);
        }
    }

    private static async Task<List<string>> ListAsync(DbConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> rows = [];
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(reader.GetString(0));
        return rows;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Waiting for the database {Database}: {Reason}")]
        public static partial void Waiting(ILogger logger, string database, string reason);
    }
}
