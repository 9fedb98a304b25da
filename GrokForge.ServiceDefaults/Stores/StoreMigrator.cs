using GrokForge.ServiceDefaults.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Brings the stores up to date before anything else starts: once, however many replicas start together, and never on a database that is not ours.</summary>
internal sealed partial class StoreMigrator(
    Database database, IEnumerable<StoreRegistration> stores, IServiceProvider services, TimeProvider time, ILogger<StoreMigrator> logger) : IHostedLifecycleService
{
    private readonly StoreRegistration[] _stores = [.. stores];

    public Task StartingAsync(CancellationToken cancellationToken) => MigrateAsync(cancellationToken);

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        // A process without a store still keeps keys and reads settings there, so it refuses a database of another program as well.
        var inventory = new StoreInventory(database, time, logger);
        await inventory.WaitForServerAsync(cancellationToken);
        if (Pending(await inventory.ReadAsync(cancellationToken)).Count == 0)
            return;

        await using var _ = await StoreLock.TakeAsync(database, time, cancellationToken);
        var pending = Pending(await inventory.ReadAsync(cancellationToken));
        if (pending.Count == 0)
            return;

        // EF waits for ever for a lock row that a killed process left; under our own lock nobody can be using it.
        await inventory.ClearStaleLockAsync(cancellationToken);
        foreach (var store in pending)
        {
            var started = time.GetTimestamp();
            await store.MigrateAsync(services, cancellationToken);
            Log.Migrated(logger, store.Schema, store.Migrations[^1], time.GetElapsedTime(started).TotalMilliseconds);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The stores that lack a migration. Refuses before anything was touched.</summary>
    private List<StoreRegistration> Pending(StoreInventory.Content content)
    {
        if (content.Applied.Count == 0 && content.ForeignTables.Count > 0)
        {
            throw new StartRefusedException(
                $"The database {database.Describe()} holds tables of another program ({string.Join(", ", content.ForeignTables.Take(3))}). It was left untouched. Name an empty one with app.db_path, app.db_dsn or the connection string grokforge.");
        }

        if (services.GetService<StoreModule.EveryStore>() is not null && content.Applied.Keys.Except(_stores.Select(s => s.HistoryTable)).Min() is { } stranger)
        {
            throw new StartRefusedException(
                $"The database {database.Describe()} was migrated by a newer version ({stranger} is unknown here). It was left untouched. Start that version, or a later one.");
        }

        List<StoreRegistration> pending = [];
        foreach (var store in _stores)
        {
            var applied = content.Applied.GetValueOrDefault(store.HistoryTable) ?? [];
            if (applied.Except(store.Migrations).Max() is { } unknown)
            {
                throw new StartRefusedException(
                    $"The database {database.Describe()} was migrated by a newer version (migration {unknown} of {store.Schema} is unknown here). It was left untouched. Start that version, or a later one.");
            }
            if (store.Migrations.Except(applied).Any())
                pending.Add(store);
        }
        return pending;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The store {Schema} was migrated to {Migration} in {Milliseconds:F0} ms.")]
        public static partial void Migrated(ILogger logger, string schema, string migration, double milliseconds);
    }
}
