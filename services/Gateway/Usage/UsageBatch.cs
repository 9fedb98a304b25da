using GrokForge.Contracts.Events;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Gateway.Usage;

/// <summary>Writes a batch of usage rows and the totals of their keys in one transaction, and tells the bus, at most once a second, that there are new rows.</summary>
internal sealed partial class UsageBatch(IDbContextFactory<GatewayStore> stores, EventPublisher publisher, TimeProvider time, ILogger<UsageBatch> logger)
{
    private static readonly TimeSpan BetweenEvents = TimeSpan.FromSeconds(1);
    private long? _toldAt;

    /// <summary>False where the database is away; what it took is gone from the list then too.</summary>
    public async Task<bool> TryWriteAsync(List<UsageEntry> entries, CancellationToken cancellationToken)
    {
        try
        {
            Tell(await WriteAsync(entries, cancellationToken));
            entries.Clear();
            return true;
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            Log.DatabaseAway(logger, entries.Count, e);
            return false;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The rim of the writer's loop: no failure may stop the process, and one row that cannot be written must not hold up the others.
            Log.WriteFailed(logger, entries.Count, e);
            return await TryWriteOneByOneAsync(entries, cancellationToken);
        }
    }

    private async Task<bool> TryWriteOneByOneAsync(List<UsageEntry> entries, CancellationToken cancellationToken)
    {
        while (entries.Count > 0)
        {
            try
            {
                Tell(await WriteAsync([entries[0]], cancellationToken));
            }
            catch (Exception e) when (DatabaseFault.Is(e))
            {
                Log.DatabaseAway(logger, entries.Count, e);
                return false;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Log.Refused(logger, entries[0].RequestId, e);
            }

            entries.RemoveAt(0);
        }

        return true;
    }

    /// <summary>Says that entries will never be written.</summary>
    public void GiveUp(int count) => Log.Lost(logger, count);

    private void Tell(long lastRowId)
    {
        if (lastRowId == 0)
            return;
        if (_toldAt is { } before && time.GetElapsedTime(before) < BetweenEvents)
            return;

        _toldAt = time.GetTimestamp();
        publisher.Publish(new UsageAdvanced(lastRowId));
    }

    private async Task<long> WriteAsync(IReadOnlyList<UsageEntry> entries, CancellationToken cancellationToken)
    {
        await using var first = await stores.CreateDbContextAsync(cancellationToken);
        return await first.Database.CreateExecutionStrategy().ExecuteAsync(
            async token =>
            {
                await using var store = await stores.CreateDbContextAsync(token);
                await using var transaction = await store.Database.BeginTransactionAsync(token);
                // Whoever sends a batch again after a commit that was not heard of writes nothing twice, neither rows nor totals.
                var written = await UsageInsert.WriteAsync(store, transaction, entries.Select(e => UsageRow.From(e, "")), token);
                await KeyTotals.AddAsync(store, entries.Where(e => written.ContainsKey(e.Id)).DistinctBy(e => e.Id), token);
                await transaction.CommitAsync(token);
                return written.Count > 0 ? written.Values.Max() : 0;
            },
            cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(4303, LogLevel.Warning, "The database is away: {Count} usage rows wait and are tried again.")]
        public static partial void DatabaseAway(ILogger logger, int count, Exception exception);

        [LoggerMessage(4304, LogLevel.Error, "The usage row of request {RequestId} is lost: the database does not take it.")]
        public static partial void Refused(ILogger logger, string requestId, Exception exception);

        [LoggerMessage(4301, LogLevel.Error, "{Count} usage rows could not be written together; they are tried one by one.")]
        public static partial void WriteFailed(ILogger logger, int count, Exception exception);

        [LoggerMessage(4302, LogLevel.Error, "{Count} usage rows are lost: the database did not take them before the process had to stop.")]
        public static partial void Lost(ILogger logger, int count);
    }
}
