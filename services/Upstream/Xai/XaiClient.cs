using System.Net;
using System.Net.Http.Headers;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Connections;

namespace GrokForge.Upstream.Xai;

/// <summary>Sends requests to the official API: knows its address and how a key is shown, and has connections of its own.</summary>
internal sealed class XaiClient : IDisposable
{
    public const string AddressSetting = "upstream.xai_base_url";

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    // Without decompression nothing is asked to be compressed: chunks are passed on as they come.
    private readonly UpstreamConnections _connections = new(DecompressionMethods.None);
    private Addresses _addresses = new("");

    /// <summary>Answers when the headers have arrived.</summary>
    /// <param name="body">Null: the path is read.</param>
    public async Task<XaiResponse> SendAsync(SettingsSnapshot settings, string key, XaiPath path, byte[]? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, AddressOf(settings.Upstream.XaiBaseUrl, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);
        request.Headers.TryAddWithoutValidation("User-Agent", "GrokForge");
        if (body is not null)
            request.Content = new ByteArrayContent(body) { Headers = { ContentType = Json } };

        var use = _connections.Use(settings);
        try
        {
            return new XaiResponse(await use.SendAsync(request, cancellationToken), use);
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    /// <summary>Starts afresh: the connections of this answer serve no other request.</summary>
    public void Renew(XaiResponse response) => _connections.Renew(response.Use);

    public void Dispose() => _connections.Dispose();

    private Uri AddressOf(string baseUrl, XaiPath path)
    {
        var addresses = Volatile.Read(ref _addresses);
        if (!ReferenceEquals(addresses.BaseUrl, baseUrl))
            Volatile.Write(ref _addresses, addresses = new Addresses(baseUrl));
        return path switch
        {
            XaiPath.Chat => addresses.Chat,
            XaiPath.Images => addresses.Images,
            _ => addresses.Models,
        };
    }

    /// <summary>The addresses under one base, parsed once.</summary>
    private sealed class Addresses
    {
        public Addresses(string baseUrl)
        {
            BaseUrl = baseUrl;
            if (baseUrl.Length == 0)
                return;
            var root = new Uri(baseUrl).AbsolutePath == "/" ? baseUrl + "/v1" : baseUrl;
            Chat = new Uri(root + "/chat/completions");
            Images = new Uri(root + "/images/generations");
            Models = new Uri(root + "/models");
        }

        public string BaseUrl { get; }

        public Uri Chat { get; } = null!;

        public Uri Images { get; } = null!;

        public Uri Models { get; } = null!;
    }
}

/// <summary>What is asked of the official API.</summary>
internal enum XaiPath
{
    Chat,
    Images,
    Models,
}

/// <summary>An answer whose headers have arrived, and the hold on the connections that it comes by.</summary>
internal sealed class XaiResponse(HttpResponseMessage message, ConnectionUse use) : IDisposable
{
    public ConnectionUse Use => use;

    public HttpStatusCode Status => message.StatusCode;

    public HttpResponseHeaders Headers => message.Headers;

    public Task<Stream> ReadAsync(CancellationToken cancellationToken) => message.Content.ReadAsStreamAsync(cancellationToken);

    public void Dispose()
    {
        message.Dispose();
        use.Dispose();
    }
}
