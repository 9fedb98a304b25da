using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Stores;
using Npgsql;

namespace GrokForge.CfRefresh.Solving;

/// <summary>
/// Lets one replica at a time solve for an egress: by a session's advisory lock on Postgres, which ends with its process, or once that gives no sign of life. A SQLite database has one process, where the
/// keeper begins one try at a time anyway.
/// </summary>
internal sealed class SolveLocks(Database database)
{
    // "gf-solve" in ASCII, mixed with the egress. Advisory locks live per database.
    private const long Ours = 0x67662d736f6c7665;

    /// <summary>Seconds between two signs of life of whoever holds a lock; 0: it gives none.</summary>
    public int SignOfLife { get; init; } = 15;

    /// <summary>Seconds without a sign of life after which Postgres (14 or later) ends the session of one that was stopped: others go on without it.</summary>
    public int LongestSilence { get; init; } = 60;

    /// <summary>Waits for whoever solves now.</summary>
    public async Task<IAsyncDisposable> TakeAsync(string egress, CancellationToken cancellationToken) =>
        database.Kind == DatabaseKind.Sqlite ? Nothing.Instance : await SessionAsync(egress, cancellationToken);

    private async Task<NpgsqlConnection> SessionAsync(string egress, CancellationToken cancellationToken)
    {
        // Outside the pool: closing the connection must end the session, and with it the lock.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false, KeepAlive = SignOfLife }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            await ExecuteAsync(connection, "SELECT set_config(name, $1, false) FROM pg_settings WHERE name = 'idle_session_timeout'", $"{LongestSilence}s", cancellationToken);
            await ExecuteAsync(connection, "SELECT pg_advisory_lock($1)", KeyOf(egress), cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, object value, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } }, CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static long KeyOf(string egress) => Ours ^ BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(egress)));

    /// <summary>The lock where there is nobody to exclude.</summary>
    private sealed class Nothing : IAsyncDisposable
    {
        public static Nothing Instance { get; } = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
