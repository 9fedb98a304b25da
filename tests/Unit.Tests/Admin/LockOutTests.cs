using System.Net;
using GrokForge.Admin.Rim;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Admin;

public sealed class LockOutTests
{
    private static readonly IPAddress Address = IPAddress.Parse("192.0.2.7");
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Enough_failures_lock_an_address_out_until_the_window_of_the_first_ends()
    {
        var lockOut = With(most: 3);
        Fail(lockOut, Address, 2);
        Assert.Null(lockOut.Remaining(Address));
        _time.Advance(TimeSpan.FromSeconds(100));
        Fail(lockOut, Address, 1);

        Assert.Equal(TimeSpan.FromSeconds(200), lockOut.Remaining(Address));
        Assert.Null(lockOut.Remaining(IPAddress.Parse("192.0.2.8")));
        _time.Advance(TimeSpan.FromSeconds(200));
        Assert.Null(lockOut.Remaining(Address));
        Fail(lockOut, Address, 2);
        Assert.Null(lockOut.Remaining(Address));
    }

    [Fact]
    public void Zero_failures_allowed_means_never()
    {
        var lockOut = With(most: 0);
        Fail(lockOut, Address, 1000);
        Assert.Null(lockOut.Remaining(Address));
    }

    [Fact]
    public void A_flood_of_addresses_is_counted_as_one()
    {
        var lockOut = With(most: 3);
        for (var i = 0; i < 10_000; i++)
            lockOut.CountFailure(new IPAddress(i + 1L));
        var late = IPAddress.Parse("203.0.113.9");
        Fail(lockOut, late, 2);
        Fail(lockOut, IPAddress.Parse("203.0.113.10"), 1);

        Assert.NotNull(lockOut.Remaining(late));
        _time.Advance(TimeSpan.FromSeconds(300));
        Fail(lockOut, late, 3);
        Assert.NotNull(lockOut.Remaining(late));
        Assert.Null(lockOut.Remaining(IPAddress.Parse("203.0.113.10")));
    }

    private LockOut With(int most) =>
        new(new CurrentSettings(new SettingsSnapshot { App = new AppOptions { AdminMaxFails = most, AdminWindowSeconds = 300 } }), _time);

    private static void Fail(LockOut lockOut, IPAddress address, int times)
    {
        for (var i = 0; i < times; i++)
            lockOut.CountFailure(address);
    }
}
