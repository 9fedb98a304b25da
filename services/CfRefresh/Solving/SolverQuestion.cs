using System.Text.Json.Serialization;

namespace GrokForge.CfRefresh.Solving;

/// <summary>Body of a request to the solver, e.g. {"cmd":"request.get","url":"https://grok.com","maxTimeout":60000,"proxy":{"url":"http://proxy:8080"}}</summary>
/// <param name="MaxTimeout">Milliseconds.</param>
/// <param name="Proxy">Null: none.</param>
internal sealed record SolverQuestion(string Cmd, string Url, long MaxTimeout, SolverProxy? Proxy);

/// <summary>The proxy that the solver's browser uses; credentials stand beside its address.</summary>
internal sealed record SolverProxy(string Url, string? Username, string? Password)
{
    public static SolverProxy? Of(string proxyUrl)
    {
        if (proxyUrl.Length == 0)
            return null;

        // Browsers leave name resolution to a socks5 proxy, and know no other word for it.
        var address = new Uri(proxyUrl);
        var scheme = address.Scheme == "socks5h" ? "socks5" : address.Scheme;
        var credentials = address.UserInfo.Split(':', 2);
        return new SolverProxy(
            $"{scheme}://{address.Host}:{address.Port}",
            credentials[0].Length > 0 ? Uri.UnescapeDataString(credentials[0]) : null,
            credentials is [_, var password] ? Uri.UnescapeDataString(password) : null);
    }

    /// <summary>The address alone.</summary>
    public override string ToString() => Url;
}

/// <summary>Generated JSON code of questions.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SolverQuestion))]
internal sealed partial class SolverJson : JsonSerializerContext;
