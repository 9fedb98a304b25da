using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Gateway.Limits;

/// <summary>Reads how much of its day a key has used according to the database, so that a restart does not give the day anew.</summary>
internal sealed class DailyUse(StoreReader stores)
{
    public async Task<long> ReadAsync(long keyId, int day, CancellationToken cancellationToken)
    {
        var used = await stores.ReadAsync(
            $"SELECT used_today FROM {stores.Table(GatewayStore.Schema, VirtualKey.Table)} WHERE id = @id AND used_day = @day",
            [("id", keyId), ("day", day)], static row => row.BigNumber(0), cancellationToken);
        return used is [var today] ? today : 0;
    }
}
