using System.Net;
using System.Net.Sockets;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Fetching;

/// <summary>
/// Downloads what a client names by its address, and only from the public Internet: each hop's name is resolved once, every answer is checked,
/// and the connection goes to exactly the checked addresses. Sends no cookie, no credential and no trace; uses no proxy.
/// </summary>
internal sealed class GuardedFetcher(NameResolver resolve, TimeProvider time) : IDisposable
{
    private const int BufferBytes = 64 * 1024;
    private static readonly HttpRequestOptionsKey<IPAddress[]> Pinned = new("grokforge.pinned");

    private readonly HttpMessageInvoker _http = new(CreateHandler(), disposeHandler: true);

    /// <param name="limit">Most bytes of the body.</param>
    /// <param name="share">What the bytes are counted against.</param>
    public async Task<FetchResult> FetchAsync(Uri address, FetchOptions options, int limit, BodyBudget.Share share, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            return await FollowAsync(address, options, limit, share, both.Token);
        }
        // The handler's own limit of connecting ends so too.
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return FetchResult.Failed(FetchFault.Failed, $"gave no complete answer in time (fetch.timeout is {options.TimeoutSeconds:0.###} s)");
        }
        catch (HttpRequestException e)
        {
            return FetchResult.Failed(FetchFault.Failed, e.HttpRequestError == HttpRequestError.SecureConnectionError ? "failed to prove itself over TLS" : "could not be reached");
        }
        catch (UriFormatException)
        {
            return FetchResult.Failed(FetchFault.Forbidden, "leads to an address whose host is no valid name");
        }
        catch (IOException)
        {
            return FetchResult.Failed(FetchFault.Failed, "broke off its answer");
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<FetchResult> FollowAsync(Uri address, FetchOptions options, int limit, BodyBudget.Share share, CancellationToken cancellationToken)
    {
        for (var hop = 0; ; hop++)
        {
            var (addresses, refused) = await CheckAsync(address, options, cancellationToken);
            if (refused is not null)
                return refused;

            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version11 };
            request.Options.Set(Pinned, addresses);
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
            request.Headers.TryAddWithoutValidation("User-Agent", "GrokForge");
            using var response = await _http.SendAsync(request, cancellationToken);
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
                return await ReadAsync(response, limit, share, cancellationToken);
            if (hop >= options.MaxRedirects)
                return FetchResult.Failed(FetchFault.Failed, $"redirects more than {options.MaxRedirects} times");
            if (!Uri.TryCreate(address, location, out var next))
                return FetchResult.Failed(FetchFault.Failed, "redirects to no address");
            address = next;
        }
    }

    private async Task<(IPAddress[] Addresses, FetchResult? Refused)> CheckAsync(Uri address, FetchOptions options, CancellationToken cancellationToken)
    {
        if (address.Scheme is not ("http" or "https") || address.IdnHost.Length == 0)
            return ([], FetchResult.Failed(FetchFault.Forbidden, "leads to an address that is neither http nor https"));

        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(address.DnsSafeHost, out var literal) ? [literal] : await resolve(address.IdnHost, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return ([], FetchResult.Failed(FetchFault.Failed, "has a host whose name does not resolve"));
        }

        if (addresses.Length == 0)
            return ([], FetchResult.Failed(FetchFault.Failed, "has a host whose name does not resolve"));
        return IsAllowed(address, options) || Array.TrueForAll(addresses, PublicAddress.IsPublic)
            ? (addresses, null)
            : ([], FetchResult.Failed(FetchFault.Forbidden, "does not lead to the public Internet"));
    }

    private static bool IsAllowed(Uri address, FetchOptions options) => Array.Exists(options.AllowPrivate, item =>
        Uri.TryCreate($"{address.Scheme}://{item}", UriKind.Absolute, out var allowed)
        && string.Equals(allowed.IdnHost, address.IdnHost, StringComparison.OrdinalIgnoreCase)
        && (!NamesPort(item) || allowed.Port == address.Port));

    // An IPv6 host is written in brackets, so only a colon after them begins a port.
    private static bool NamesPort(string item) => item.LastIndexOf(':') > item.LastIndexOf(']');

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static async Task<FetchResult> ReadAsync(HttpResponseMessage response, int limit, BodyBudget.Share share, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.OK)
            return FetchResult.Failed(FetchFault.Failed, $"answered {(int)response.StatusCode}");
        if (response.Content.Headers.ContentLength > limit)
            return FetchResult.Failed(FetchFault.TooLarge, $"is larger than {limit} bytes");

        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var bytes = new MemoryStream(BufferBytes);
        var buffer = new byte[BufferBytes];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (bytes.Length + read > limit)
                return FetchResult.Failed(FetchFault.TooLarge, $"is larger than {limit} bytes");
            if (!share.TryGrowTo(bytes.Length + read))
                return FetchResult.Failed(FetchFault.NoRoom, "finds no room here now");
            bytes.Write(buffer, 0, read);
        }

        return FetchResult.Of(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), response.Content.Headers.ContentType?.MediaType ?? "");
    }

    private static SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        // No decompression: what arrives is what was counted.
        AutomaticDecompression = DecompressionMethods.None,
        // A connection serves the one request it was checked for.
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 0,
        ActivityHeadersPropagator = null,
        ConnectCallback = ConnectAsync,
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        if (!context.InitialRequestMessage.Options.TryGetValue(Pinned, out var addresses))
            throw new InvalidOperationException("A download reached its connection without checked addresses.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
