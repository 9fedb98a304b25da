using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace GrokForge.TokenPool.Upkeep;

/// <summary>
/// Makes the memory ledger the only one of its database: two of them would lend the same units twice. A file lock beside SQLite, a session's advisory lock on
/// Postgres; both end with the process, however it ends.
/// </summary>
internal sealed partial class LedgerLock(
    Database database, LedgerHome home, IHostApplicationLifetime lifetime, ILogger<LedgerLock> logger) : BackgroundService
{
    // "gf-pool" in ASCII. Advisory locks live per database.
    private const long AdvisoryKey = 0x67662d706f6f6c;
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(5);

    private FileStream? _file;
    private NpgsqlConnection? _session;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (home.Shared)
            return;
        if (!await TryTakeAtStartAsync(cancellationToken))
        {
            throw new StartRefusedException(
                "Another process already keeps the token ledger of this database in memory. Stop that process, or let both share one ledger: start Redis and "
                + "give every process the connection string ConnectionStrings__redis.");
        }
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await ReleaseAsync();
    }

    /// <summary>Watches the session on Postgres: a lost one has lost the lock as well.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (database.Kind == DatabaseKind.Sqlite)
            return;
        using var timer = new PeriodicTimer(Watch, home.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await HoldsSessionAsync(stoppingToken))
                    continue;
                await ReleaseAsync();
                if (await TryTakeAsync(stoppingToken))
                    continue;
                Log.Lost(logger);
                lifetime.StopApplication();
                return;
            }
            catch (Exception e) when (DatabaseFault.Is(e))
            {
                // The server is away; nobody can take the lock there.
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The rim of the loop: the lock is looked at again, and no failure stops the process.
                Log.Failed(logger, e);
            }
        }
    }

    private async Task<bool> TryTakeAtStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await TryTakeAsync(cancellationToken);
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            throw new StartRefusedException($"The database {database.Describe()} cannot be reached, so nobody can tell whether another process keeps the token ledger: {e.Message}", e);
        }
    }

    private async Task<bool> TryTakeAsync(CancellationToken cancellationToken)
    {
        if (database.Kind == DatabaseKind.Sqlite)
        {
            _file = TryFile();
            return _file is not null;
        }
        _session = await TrySessionAsync(cancellationToken);
        return _session is not null;
    }

    private FileStream? TryFile()
    {
        var path = new SqliteConnectionStringBuilder(database.ConnectionString).DataSource + ".ledger.lock";
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new StartRefusedException($"The file {path} cannot be written, so nobody can tell whether another process keeps the token ledger: {e.Message}", e);
        }
    }

    private async Task<NpgsqlConnection?> TrySessionAsync(CancellationToken cancellationToken)
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

    private async Task<bool> HoldsSessionAsync(CancellationToken cancellationToken)
    {
        if (_session is null)
            return false;
        try
        {
            await using var command = new NpgsqlCommand("SELECT 1", _session);
            await command.ExecuteScalarAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException || DatabaseFault.Is(e))
        {
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        if (_file is not null)
            await _file.DisposeAsync();
        if (_session is not null)
            await _session.DisposeAsync();
        (_file, _session) = (null, null);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical,
            "The connection that made this process the only keeper of the token ledger was lost, and another process has taken its place. This one stops. "
            + "Processes that are to run together need Redis (ConnectionStrings__redis).")]
        public static partial void Lost(ILogger logger);

        [LoggerMessage(2, LogLevel.Error, "Whether this process still is the only keeper of the token ledger could not be seen; it is looked at again.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
