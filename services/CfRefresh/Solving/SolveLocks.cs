using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GrokForge.ServiceDefaults.Stores;
using Npgsql;

namespace GrokForge.CfRefresh.Solving;

/// <summary>
/// Lets one replica at a time solve for an egress: by a session's advisory lock on Postgres, which ends with its process. A SQLite database has one process, where the
/// keeper begins one try at a time anyway.
/// </summary>
internal sealed class SolveLocks(Database database)
{
    // "gf-solve" in ASCII, mixed with the egress. Advisory locks live per database.
    private const long Ours = 0x67662d736f6c7665;

    /// <summary>Waits for whoever solves now.</summary>
    public async Task<IAsyncDisposable> TakeAsync(string egress, CancellationToken cancellationToken) =>
        database.Kind == DatabaseKind.Sqlite ? Nothing.Instance : await SessionAsync(egress, cancellationToken);

    private async Task<NpgsqlConnection> SessionAsync(string egress, CancellationToken cancellationToken)
    {
        // Outside the pool: closing the connection must end the session, and with it the lock.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false, KeepAlive = 15 }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { Parameters = { new() { Value = KeyOf(egress) } }, CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static long KeyOf(string egress) => Ours ^ BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(egress)));

    /// <summary>The lock where there is nobody to exclude.</summary>
    private sealed class Nothing : IAsyncDisposable
    {
        public static Nothing Instance { get; } = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
