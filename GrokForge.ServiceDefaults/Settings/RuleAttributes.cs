using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>An http or https address without credentials, query or fragment.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HttpAddressAttribute() : ValidationAttribute("an http:// or https:// address without credentials, query and fragment")
{
    public override bool IsValid(object? value) => Fits(value as string);

    internal static bool Fits(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && uri.Host.Length > 0 && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

/// <summary>An http or https address without credentials, query or fragment, or nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OptionalHttpAddressAttribute() : ValidationAttribute("empty, or an http:// or https:// address without credentials, query and fragment")
{
    public override bool IsValid(object? value) => value is "" || HttpAddressAttribute.Fits(value as string);
}

/// <summary>A number within bounds, or 0, which means something of its own; nothing in between.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ZeroOrRangeAttribute(double least, double most) : ValidationAttribute(string.Create(CultureInfo.InvariantCulture, $"{least} to {most}, or 0"))
{
    public override bool IsValid(object? value) => value is double number && (number == 0 || (number >= least && number <= most));
}

/// <summary>The address of a proxy, or nothing.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ProxyAddressAttribute() : ValidationAttribute("empty, or an http://, https://, socks5:// or socks5h:// address with host and port")
{
    public override bool IsValid(object? value) =>
        value is "" || (Uri.TryCreate(value as string, UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https" or "socks5" or "socks5h" && uri.Host.Length > 0 && uri.Port > 0 && uri.PathAndQuery is "" or "/");
}

/// <summary>An address to listen on.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ListenAddressAttribute() : ValidationAttribute("an IP address, localhost or *")
{
    public override bool IsValid(object? value) => value is "localhost" or "*" || IPAddress.TryParse(value as string, out _);
}

/// <summary>Text that may stand in an HTTP header.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HeaderTextAttribute() : ValidationAttribute("one line of printable ASCII")
{
    public override bool IsValid(object? value) => value is string text && Fits(text);

    internal static bool Fits(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
}

/// <summary>A browser and its major version.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class BrowserNameAttribute() : ValidationAttribute("a browser and its major version, such as chrome_146 or firefox_147")
{
    public override bool IsValid(object? value) => value is string text && Name.IsMatch(text);

    [GeneratedRegex("^(chrome|edge|firefox|safari)_[0-9]{1,4}$")]
    private static partial Regex Name { get; }
}

/// <summary>A list whose items are among the named ones, each at most once.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ItemsAmongAttribute(params string[] items) : ValidationAttribute($"a list of {string.Join(", ", items)}, each at most once")
{
    public string[] Items => items;

    public override bool IsValid(object? value) =>
        value is string[] list && list.All(items.Contains) && list.Distinct(StringComparer.Ordinal).Count() == list.Length;
}

/// <summary>HTTP statuses.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class StatusListAttribute() : ValidationAttribute("a list of HTTP statuses from 100 to 599, each at most once")
{
    public override bool IsValid(object? value) => value is int[] list && list.All(status => status is >= 100 and <= 599) && list.Distinct().Count() == list.Length;
}

/// <summary>Names of tags as they stand in a text.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class TagNameListAttribute() : ValidationAttribute("a list of tag names such as xaiartifact or grok:render, of letters, digits, '_', '-', '.' and ':'")
{
    public override bool IsValid(object? value) => value is string[] list && list.All(TagName.IsMatch);

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$")]
    private static partial Regex TagName { get; }
}

/// <summary>Web origins, or * for any.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OriginsAttribute() : ValidationAttribute("a list of * or origins such as https://app.example, without a path")
{
    public override bool IsValid(object? value) => value is string[] list && list.All(IsOrigin);

    private static bool IsOrigin(string item) =>
        item == "*" || (Uri.TryCreate(item, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0
            && string.Equals(item, uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase) && uri.UserInfo.Length == 0);
}

/// <summary>Addresses and networks.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NetworkListAttribute() : ValidationAttribute("a list of IP addresses or networks such as 10.0.0.5, 10.0.0.0/8 or 2001:db8::/32, without set bits behind the prefix")
{
    public override bool IsValid(object? value) => value is string[] list && list.All(item => TrustedProxies.Parse(item) is not null);
}

/// <summary>Hosts, each with or without a port.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class HostListAttribute() : ValidationAttribute("a list of hosts such as files.internal, 10.0.0.5 or localhost:8080, without scheme and path")
{
    public override bool IsValid(object? value) => value is string[] list && list.All(IsHost);

    private static bool IsHost(string item) =>
        item.AsSpan().IndexOfAny("/?#@") < 0 && Uri.TryCreate("http://" + item, UriKind.Absolute, out var uri) && uri.Host.Length > 0;
}

/// <summary>Header names with one-line values. Headers that the connection itself owns are not among them.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class HeaderTableAttribute()
    : ValidationAttribute("header names with one-line values, without Cookie, Host, Connection, Content-Length and Transfer-Encoding")
{
    public override bool IsValid(object? value) => value is Dictionary<string, string> headers && headers.All(h => IsFree(h.Key) && HeaderTextAttribute.Fits(h.Value));

    private static bool IsFree(string name) =>
        HeaderName.IsMatch(name) && name.ToLowerInvariant() is not ("cookie" or "host" or "connection" or "content-length" or "transfer-encoding");

    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]
    private static partial Regex HeaderName { get; }
}
