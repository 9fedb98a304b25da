using System.Net;
using GrokForge.Gateway.Fetching;

namespace GrokForge.Unit.Tests.Gateway.Fetching;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("0.0.0.0", "0.255.255.255")]
    [InlineData("10.0.0.0", "10.255.255.255")]
    [InlineData("100.64.0.0", "100.127.255.255")]
    [InlineData("100.100.100.200", "100.100.100.200")]
    [InlineData("127.0.0.1", "127.255.255.255")]
    [InlineData("169.254.0.0", "169.254.169.254")]
    [InlineData("172.16.0.0", "172.31.255.255")]
    [InlineData("192.0.0.0", "192.0.0.255")]
    [InlineData("192.0.2.0", "192.0.2.255")]
    [InlineData("192.88.99.0", "192.88.99.255")]
    [InlineData("192.168.0.0", "192.168.255.255")]
    [InlineData("198.18.0.0", "198.19.255.255")]
    [InlineData("198.51.100.0", "198.51.100.255")]
    [InlineData("203.0.113.0", "203.0.113.255")]
    [InlineData("224.0.0.0", "239.255.255.255")]
    [InlineData("240.0.0.0", "255.255.255.255")]
    [InlineData("168.63.129.16", "168.63.129.16")]
    [InlineData("::", "::1")]
    [InlineData("::7f00:1", "::ffff")]
    [InlineData("::ffff:127.0.0.1", "::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254", "::ffff:0.0.0.0")]
    [InlineData("64:ff9b::7f00:1", "64:ff9b::8.8.8.8")]
    [InlineData("64:ff9b:1::", "64:ff9b:1:ffff::a00:1")]
    [InlineData("100::", "100::ffff")]
    [InlineData("2001::1", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:2::", "2001:2:0:ffff::1")]
    [InlineData("2001:10::", "2001:2f:ffff::1")]
    [InlineData("2001:db8::", "2001:db8:ffff::1")]
    [InlineData("2002:7f00:1::", "2002:808:808::1")]
    [InlineData("3fff::", "3fff:fff::1")]
    [InlineData("5f00::1", "5f00:ffff::1")]
    [InlineData("fc00::", "fdff:ffff::1")]
    [InlineData("fd00:ec2::254", "fd00:ec2::254")]
    [InlineData("fe80::1", "febf:ffff::1")]
    [InlineData("fec0::1", "feff::1")]
    [InlineData("ff00::", "ff02::1")]
    public void An_address_outside_the_public_internet_is_known(string first, string last)
    {
        Assert.False(PublicAddress.IsPublic(IPAddress.Parse(first)), first);
        Assert.False(PublicAddress.IsPublic(IPAddress.Parse(last)), last);
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.0")]
    [InlineData("192.167.255.255")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2001:200::1")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450::1")]
    public void A_public_address_is_known(string address) => Assert.True(PublicAddress.IsPublic(IPAddress.Parse(address)), address);
}
