using System.Net;
using Microsoft.AspNetCore.Http;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Lets a service that stands behind the gateway's public door know the client's address: the gateway signs what it forwards, so nobody else's X-Forwarded-For is believed.</summary>
public sealed class ForwardingProof
{
    private const string Header = "x-grokforge-forwarded-by";
    private const string Forwarder = "gateway";

    private readonly InternalKey _key;
    private readonly Lazy<InternalTokens> _tokens;

    internal ForwardingProof(InternalKey key, Lazy<InternalTokens> tokens) => (_key, _tokens) = (key, tokens);

    /// <summary>Marks a forwarded request as the gateway's own, whatever the client had sent under that name.</summary>
    public void Attach(HttpRequestMessage request)
    {
        request.Headers.Remove(Header);
        if (_key.Secret is not null)
            request.Headers.TryAddWithoutValidation(Header, _tokens.Value.Own());
    }

    /// <summary>The address of whom the request is from: the connection's, or the one that the gateway saw, where the gateway forwarded it.</summary>
    public async ValueTask<IPAddress> ClientOfAsync(HttpContext http)
    {
        var connection = http.Connection.RemoteIpAddress ?? IPAddress.None;
        var token = http.Request.Headers[Header].ToString();
        // The all-in-one process has no key, and nobody in front of it.
        if (token.Length == 0 || _key.Secret is null || await _tokens.Value.CallerAsync(token) != Forwarder)
            return connection;

        // The gateway's own word is the last one; what stands before it the client may have written.
        var last = http.Request.Headers["X-Forwarded-For"].ToString().Split(',')[^1].Trim();
        return IPEndPoint.TryParse(last, out var client) ? client.Address : connection;
    }
}
