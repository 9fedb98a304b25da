using System.Net;
using System.Net.Sockets;

namespace GrokForge.Gateway.Keys;

/// <summary>Limits how many unknown keys one address may have looked up in the database: 60 a minute. An IPv6 address counts as its /64 network.</summary>
internal sealed class UnknownKeyBudget(TimeProvider time)
{
    private const int PerMinute = 60;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly TwoGenerationCache<IPAddress, Spent> _spent = new(10_000, EqualityComparer<IPAddress>.Default);

    /// <summary>Takes one look-up; null, or how long to wait where there is none left.</summary>
    public TimeSpan? Take(IPAddress? address)
    {
        var spent = Of(address);
        lock (spent)
        {
            var elapsed = time.GetElapsedTime(spent.Since);
            if (elapsed >= Window)
            {
                spent.Since = time.GetTimestamp();
                spent.Count = 0;
                elapsed = TimeSpan.Zero;
            }

            if (spent.Count >= PerMinute)
                return Window - elapsed;

            spent.Count++;
            return null;
        }
    }

    /// <summary>Gives a look-up back that found a key.</summary>
    public void GiveBack(IPAddress? address)
    {
        var spent = Of(address);
        lock (spent)
            spent.Count = Math.Max(0, spent.Count - 1);
    }

    private Spent Of(IPAddress? address)
    {
        var network = Network(address ?? IPAddress.None);
        if (_spent.TryGet(network, out var spent))
            return spent;

        spent = new Spent { Since = time.GetTimestamp() };
        _spent.Set(network, spent);
        return spent;
    }

    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private sealed class Spent
    {
        public long Since { get; set; }
        public int Count { get; set; }
    }
}
