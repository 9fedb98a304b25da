using System.Net;
using GrokForge.Gateway.Keys;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Keys;

public sealed class UnknownKeyBudgetTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_61st_unknown_key_of_a_minute_waits()
    {
        var budget = new UnknownKeyBudget(_time);
        Spend(budget, "10.0.0.1", 60);

        Assert.NotNull(budget.Take(IPAddress.Parse("10.0.0.1")));
        Assert.Null(budget.Take(IPAddress.Parse("10.0.0.2")));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(budget.Take(IPAddress.Parse("10.0.0.1")));
    }

    [Fact]
    public void Keys_that_exist_cost_nothing()
    {
        var budget = new UnknownKeyBudget(_time);
        for (var i = 0; i < 200; i++)
        {
            Assert.Null(budget.Take(IPAddress.Loopback));
            budget.GiveBack(IPAddress.Loopback);
        }
    }

    [Fact]
    public void Addresses_of_one_ipv6_network_share_a_budget()
    {
        var budget = new UnknownKeyBudget(_time);
        Spend(budget, "2001:db8::1", 60);

        Assert.NotNull(budget.Take(IPAddress.Parse("2001:db8::ffff:2")));
        Assert.Null(budget.Take(IPAddress.Parse("2001:db8:0:1::1")));
    }

    private static void Spend(UnknownKeyBudget budget, string address, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.Null(budget.Take(IPAddress.Parse(address)));
    }
}
