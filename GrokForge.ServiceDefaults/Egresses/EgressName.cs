using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.ServiceDefaults.Egresses;

/// <summary>
/// Names the ways that requests leave by, the same in every process: direct, http://host:3128, or http://host:3128#3f1c… where the proxy has credentials, as those may
/// choose the address behind it. Names are shown and logged; no credential can be read from them.
/// </summary>
public static class EgressName
{
    public const string Direct = "direct";

    public static string Of(string proxyUrl, SecretProtector protector)
    {
        var text = proxyUrl.Trim();
        if (text.Length == 0)
            return Direct;
        var address = new Uri(text);
        var place = $"{address.Scheme}://{address.Host}:{address.Port}";
        return address.UserInfo.Length == 0 ? place : $"{place}#{Convert.ToHexStringLower(protector.Fingerprint(text).AsSpan(0, 8))}";
    }

    /// <summary>The proxy of each egress in use, by its name: that of chats, and that of pictures and files where it is another one.</summary>
    public static IReadOnlyDictionary<string, string> All(ProxyOptions proxy, SecretProtector protector)
    {
        var egresses = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var url in (string[])[proxy.BaseProxyUrl, proxy.AssetEgressUrl])
            egresses.TryAdd(Of(url, protector), url.Trim());
        return egresses;
    }
}
