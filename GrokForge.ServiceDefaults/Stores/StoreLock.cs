using GrokForge.ServiceDefaults.Hosting;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Excludes other processes while stores or keys are created: a locked file beside SQLite, a session's advisory lock on Postgres. Both end with their process.</summary>
internal sealed class StoreLock : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // "GrokForg" as a number: the same in every process, different from other programs' locks.
    private const long AdvisoryKey = 0x47726F6B466F7267;

    private readonly IAsyncDisposable _holder;

    private StoreLock(IAsyncDisposable holder) => _holder = holder;

    /// <summary>Waits until the lock is ours. Gives up after five minutes with a sentence.</summary>
    public static async Task<StoreLock> TakeAsync(Database database, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < Patience)
        {
            IAsyncDisposable? holder = database.Kind == DatabaseKind.Sqlite ? TryFile(database) : await TryAdvisoryAsync(database, cancellationToken);
            if (holder is not null)
                return new StoreLock(holder);
            await Task.Delay(Pause, time, cancellationToken);
        }
        throw new StartRefusedException($"Another process has been changing the database {database.Describe()} for five minutes. Find out which, stop it, and start again.");
    }

    public ValueTask DisposeAsync() => _holder.DisposeAsync();

    private static FileStream? TryFile(Database database)
    {
        var file = new SqliteConnectionStringBuilder(database.ConnectionString).DataSource;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException) when (File.Exists(file + ".lock"))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException($"The folder of the database {file} cannot be written. Make it writable, or name another file with app.db_path.", e);
        }
    }

    private static async Task<NpgsqlConnection?> TryAdvisoryAsync(Database database, CancellationToken cancellationToken)
    {
        // Outside the pool: closing the connection must end the session, and with it the lock.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ToString());
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = AdvisoryKey } } };
            if (await command.ExecuteScalarAsync(cancellationToken) is true)
                return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        await connection.DisposeAsync();
        return null;
    }
}
