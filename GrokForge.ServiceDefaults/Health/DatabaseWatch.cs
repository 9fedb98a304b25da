using GrokForge.ServiceDefaults.Stores;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Health;

/// <summary>Asks the database every five seconds whether it is there. A process that owns a store is not ready after a minute without it.</summary>
internal sealed partial class DatabaseWatch(Database database, IEnumerable<StoreRegistration> stores, ReadinessReasons reasons, TimeProvider time, ILogger<DatabaseWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly bool _owns = stores.Any();
    private long _awaySince;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        reasons.Add("database", Check);
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await ProbeAsync(stoppingToken);
    }

    internal async Task ProbeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = StoreReader.Connect(database);
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT 1";
            command.CommandTimeout = 5;
            await command.ExecuteScalarAsync(cancellationToken);
            if (Interlocked.Exchange(ref _awaySince, 0) != 0)
                Log.Back(logger, database.Describe());
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The rim of a loop: whatever keeps the question from being answered, the database is away and the process goes on.
            if (Interlocked.CompareExchange(ref _awaySince, Math.Max(1, time.GetTimestamp()), 0) == 0)
                Log.Away(logger, database.Describe(), e.Message);
        }
    }

    internal Readiness Check()
    {
        var since = Volatile.Read(ref _awaySince);
        if (since == 0)
            return Readiness.Ready;

        var away = time.GetElapsedTime(since);
        var reason = $"{database.Describe()} has been away for {away.TotalSeconds:F0} s.";
        return _owns && away > Patience ? Readiness.NotReady(reason) : Readiness.Degraded(reason);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The database {Database} is away: {Reason}")]
        public static partial void Away(ILogger logger, string database, string reason);

        [LoggerMessage(2, LogLevel.Information, "The database {Database} is back.")]
        public static partial void Back(ILogger logger, string database);
    }
}
