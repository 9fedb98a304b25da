using System.Net;
using System.Net.Sockets;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Fetching;

/// <summary>
/// Downloads what a client names by its address, and only from the public Internet: each hop's name is resolved once, every answer is checked,
/// and the connection goes to exactly the checked addresses. Sends no cookie, no credential and no trace; uses no proxy.
/// </summary>
internal sealed partial class GuardedFetcher(NameResolver resolve, TimeProvider time, ILogger<GuardedFetcher> logger) : IDisposable
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
        var way = new Way { At = address };
        try
        {
            return await FollowAsync(way, options, limit, share, both.Token);
        }
        // The handler's own limit of connecting ends so too.
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return way.IsAnswered
                ? FetchResult.Failed(FetchFault.Failed, $"gave no complete answer in time (fetch.timeout is {options.TimeoutSeconds:0.###} s)")
                : Unreachable(way.At, "no answer in time");
        }
        catch (HttpRequestException e)
        {
            return Unreachable(way.At, e.GetBaseException().Message);
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

    private async Task<FetchResult> FollowAsync(Way way, FetchOptions options, int limit, BodyBudget.Share share, CancellationToken cancellationToken)
    {
        for (var hop = 0; ; hop++)
        {
            var (addresses, refused) = await CheckAsync(way.At, options, cancellationToken);
            if (refused is not null)
                return refused;

            using var request = new HttpRequestMessage(HttpMethod.Get, way.At) { Version = HttpVersion.Version11 };
            request.Options.Set(Pinned, addresses);
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
            request.Headers.TryAddWithoutValidation("User-Agent", "GrokForge");
            using var response = await _http.SendAsync(request, cancellationToken);
            way.IsAnswered = true;
            if (!IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
                return await ReadAsync(response, limit, share, cancellationToken);
            if (hop >= options.MaxRedirects)
                return FetchResult.Failed(FetchFault.Failed, $"redirects more than {options.MaxRedirects} times");
            if (!Uri.TryCreate(way.At, location, out var next))
                return FetchResult.Failed(FetchFault.Failed, "redirects to no address");
            (way.At, way.IsAnswered) = (next, false);
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
            return ([], Unreachable(address, "its name does not resolve"));
        }

        if (addresses.Length == 0)
            return ([], Unreachable(address, "its name has no address"));
        return IsAllowed(address, options) || Array.TrueForAll(addresses, PublicAddress.IsPublic)
            ? (addresses, null)
            : ([], Unreachable(address, "it has an address outside the public Internet and is not in fetch.allow_private"));
    }

    // Neither path nor query: there signed addresses have their secrets.
    private FetchResult Unreachable(Uri address, string reason)
    {
        Log.Unreachable(logger, address.IdnHost, address.Port, reason);
        return FetchResult.Unreachable;
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

    /// <summary>How far a download has come on its redirects.</summary>
    private sealed class Way
    {
        public required Uri At { get; set; }

        /// <summary>Whether the server there has begun to answer.</summary>
        public bool IsAnswered { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(2501, LogLevel.Information, "A client's picture or file was not fetched from {Host}, port {Port}: {Reason}.")]
        public static partial void Unreachable(ILogger logger, string host, int port, string reason);
    }
}
