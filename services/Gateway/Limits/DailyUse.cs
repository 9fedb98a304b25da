using GrokForge.Gateway.Store;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Gateway.Limits;

/// <summary>Reads how much of its day a key has used according to the database, so that a restart does not give the day anew.</summary>
internal sealed class DailyUse(IDbContextFactory<GatewayStore> stores)
{
    public async Task<long> ReadAsync(long keyId, int day, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        return await store.VirtualKeys.Where(k => k.Id == keyId && k.UsedDay == day).Select(k => k.UsedToday).SingleOrDefaultAsync(cancellationToken);
    }
}
