using System.Net;
using System.Net.Security;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.Connections;

/// <summary>Holds the connections to one upstream. A changed egress or a challenge replaces them as a whole; the old ones end with their last request.</summary>
/// <param name="decompression">The encodings an answer may have; none where its bytes are passed on as they come.</param>
internal sealed class UpstreamConnections(DecompressionMethods decompression) : IDisposable
{
    private readonly Lock _gate = new();
    private ConnectionSet? _current;

    /// <summary>Takes the connections that fit the settings. The caller disposes its use when its answer is read.</summary>
    public ConnectionUse Use(SettingsSnapshot settings)
    {
        var egress = Egress.Of(settings);
        lock (_gate)
        {
            if (_current is null || _current.Egress != egress)
                Replace(egress);
            return _current!.Use();
        }
    }

    /// <summary>Starts afresh, unless another request has done so since this use began.</summary>
    public void Renew(ConnectionUse use)
    {
        lock (_gate)
        {
            if (use.IsOf(_current))
                Replace(_current!.Egress);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _current?.Dispose();
            _current = null;
        }
    }

    private void Replace(Egress egress)
    {
        _current?.Dispose();
        _current = new ConnectionSet(egress, decompression);
    }
}

/// <summary>Which way requests leave: connections are shared by all requests of one egress.</summary>
internal sealed record Egress(string ProxyUrl, bool SkipTlsVerification, TimeSpan ConnectionLifetime)
{
    /// <summary>How long the upstream or the proxy may take to accept a connection.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    public static Egress Of(SettingsSnapshot settings) => new(
        settings.Proxy.BaseProxyUrl.Trim(),
        settings.Proxy.SkipProxySslVerify && settings.Proxy.BaseProxyUrl.Trim().Length > 0,
        settings.Upstream.ConnectionLifetime);

    public SocketsHttpHandler CreateHandler(DecompressionMethods decompression)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = decompression,
            PooledConnectionLifetime = ConnectionLifetime,
            ConnectTimeout = ConnectTimeout,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(20),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            // A client that goes away must be gone upstream at once.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(200),
            // No traceparent and no baggage to the upstream.
            ActivityHeadersPropagator = null,
            Proxy = CreateProxy(),
            UseProxy = ProxyUrl.Length > 0,
        };
#pragma warning disable CA5359 // The operator asked for it, and only a proxy of theirs is trusted so.
        if (SkipTlsVerification)
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
#pragma warning restore CA5359
        return handler;
    }

    private WebProxy? CreateProxy()
    {
        if (ProxyUrl.Length == 0)
            return null;

        // .NET's socks5 leaves name resolution to the proxy: that is what others call socks5h.
        var address = new UriBuilder(ProxyUrl);
        if (string.Equals(address.Scheme, "socks5h", StringComparison.OrdinalIgnoreCase))
            address.Scheme = "socks5";
        var credentials = address.UserName.Length > 0
            ? new NetworkCredential(Uri.UnescapeDataString(address.UserName), Uri.UnescapeDataString(address.Password))
            : null;
        address.UserName = "";
        address.Password = "";
        return new WebProxy(address.Uri) { Credentials = credentials };
    }
}

/// <summary>The pooled connections of one egress. Disposed when they are retired and no request uses them any more.</summary>
internal sealed class ConnectionSet(Egress egress, DecompressionMethods decompression) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(egress.CreateHandler(decompression), disposeHandler: true);
    private readonly Lock _gate = new();
    private int _uses;
    private bool _retired;

    public Egress Egress => egress;

    public HttpMessageInvoker Http => _http;

    public ConnectionUse Use()
    {
        lock (_gate)
            _uses++;
        return new ConnectionUse(this);
    }

    /// <summary>Takes the set out of service; its connections end with their last request.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _retired = true;
            if (_uses == 0)
                _http.Dispose();
        }
    }

    public void Release()
    {
        lock (_gate)
        {
            if (--_uses == 0 && _retired)
                _http.Dispose();
        }
    }
}

/// <summary>One request's hold on a set of connections.</summary>
internal sealed class ConnectionUse(ConnectionSet set) : IDisposable
{
    private int _released;

    public bool IsOf(ConnectionSet? other) => ReferenceEquals(set, other);

    public bool Shares(ConnectionUse other) => other.IsOf(set);

    /// <summary>Answers when the headers have arrived; the body is read as it comes.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await set.Http.SendAsync(request, cancellationToken);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // .NET tells its limit for connecting as a cancellation, which nobody here has asked for.
            throw new HttpRequestException(HttpRequestError.ConnectionError, "No connection was made in time.", e);
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0)
            set.Release();
    }
}
