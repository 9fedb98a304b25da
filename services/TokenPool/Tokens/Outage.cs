using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;
using StackExchange.Redis;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Tells broken infrastructure (database, Redis) from everything else, and says it in the words of the contracts.</summary>
internal static class Outage
{
    public static bool OfLedger(Exception e) => e is RedisException or RedisTimeoutException;

    public static bool OfDatabase(Exception e) => DatabaseFault.Is(e);

    public static bool Is(Exception e) => OfLedger(e) || OfDatabase(e) || e is TimeoutException;

    /// <summary>UNAVAILABLE, without what the drivers say: that may name hosts and users.</summary>
    public static RpcException AsRpc(Exception e) =>
        new(new Status(StatusCode.Unavailable, OfLedger(e) ? "The token ledger (Redis) does not answer." : "The token database does not answer.", e));
}
