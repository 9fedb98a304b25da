namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>One instant on two clocks, in milliseconds: the wall clock tells when windows refill, the steady one, which nobody sets, how long leases live.</summary>
internal readonly record struct Moment(long Wall, long Steady)
{
    public static Moment Of(TimeProvider time) => new(time.GetUtcNow().ToUnixTimeMilliseconds(), SteadyOf(time));

    public static long SteadyOf(TimeProvider time) => (long)(time.GetTimestamp() * (1000.0 / time.TimestampFrequency));
}
