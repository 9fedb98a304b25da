using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace GrokForge.TestKit;

/// <summary>A proxy on the loopback address that remembers what went through it: http (requests and CONNECT), the same behind TLS, or socks5; with or without credentials.</summary>
public sealed partial class EgressProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _requests = [];
    private readonly string _scheme;
    private readonly NetworkCredential? _credentials;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private int _refused;

    private EgressProxy(string scheme, NetworkCredential? credentials)
    {
        (_scheme, _credentials) = (scheme, credentials);
        _certificate = scheme == "https" ? SelfSigned() : null;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The way to it, with its credentials.</summary>
    public string Address
    {
        get
        {
            var credentials = _credentials is null ? "" : $"{Uri.EscapeDataString(_credentials.UserName)}:{Uri.EscapeDataString(_credentials.Password)}@";
            return $"{_scheme}://{credentials}127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        }
    }

    /// <summary>Method and path of the requests that went through in clear text, e.g. POST /rest/rate-limits; CONNECT for tunnels asked for.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Connections turned away for want of credentials.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <param name="scheme">http, https, socks5 or socks5h.</param>
    /// <param name="credentials">What it asks for; null: nothing.</param>
    public static EgressProxy Start(string scheme, NetworkCredential? credentials) => new(scheme, credentials);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificate?.Dispose();
        _stop.Dispose();
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(_certificate);
                    stream = tls;
                }
                await using (stream)
                    await (_scheme.StartsWith("socks", StringComparison.Ordinal) ? SocksAsync(stream) : HttpAsync(stream));
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A side went away.
            }
        }
    }

    private async Task HttpAsync(Stream client)
    {
        var head = await HeadAsync(client);
        if (_credentials is not null && !head.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_credentials.UserName}:{_credentials.Password}"))}\r\n", StringComparison.OrdinalIgnoreCase))
        {
            Interlocked.Increment(ref _refused);
            if (ContentLength.Match(head) is { Success: true } length)
                await client.ReadExactlyAsync(new byte[int.Parse(length.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)], _stop.Token);
            await client.WriteAsync("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token);
            return;
        }

        var target = head.Split(' ')[1];
        if (head.StartsWith("CONNECT ", StringComparison.Ordinal))
        {
            _requests.Enqueue($"CONNECT {target}");
            var place = target.Split(':');
            await client.WriteAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), _stop.Token);
            await RelayAsync(client, place[0], int.Parse(place[1], System.Globalization.CultureInfo.InvariantCulture), "");
            return;
        }

        var address = new Uri(target);
        await RelayAsync(client, address.Host, address.Port, head);
    }

    /// <summary>RFC 1928 and 1929.</summary>
    private async Task SocksAsync(Stream client)
    {
        var start = await ReadAsync(client, 2);
        var methods = await ReadAsync(client, start[1]);
        var wanted = (byte)(_credentials is null ? 0 : 2);
        if (!methods.Contains(wanted))
        {
            Interlocked.Increment(ref _refused);
            await client.WriteAsync(new byte[] { 5, 0xFF }, _stop.Token);
            return;
        }

        await client.WriteAsync(new byte[] { 5, wanted }, _stop.Token);
        if (_credentials is not null)
        {
            var user = Encoding.UTF8.GetString(await ReadAsync(client, (await ReadAsync(client, 2))[1]));
            var password = Encoding.UTF8.GetString(await ReadAsync(client, (await ReadAsync(client, 1))[0]));
            var isKnown = (user, password) == (_credentials.UserName, _credentials.Password);
            await client.WriteAsync(new byte[] { 1, (byte)(isKnown ? 0 : 1) }, _stop.Token);
            if (!isKnown)
            {
                Interlocked.Increment(ref _refused);
                return;
            }
        }

        var wish = await ReadAsync(client, 4);
        var host = wish[3] == 3 ? Encoding.ASCII.GetString(await ReadAsync(client, (await ReadAsync(client, 1))[0])) : new IPAddress(await ReadAsync(client, wish[3] == 1 ? 4 : 16)).ToString();
        var port = await ReadAsync(client, 2);
        await client.WriteAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, _stop.Token);
        await RelayAsync(client, host, (port[0] << 8) | port[1], "");
    }

    private async Task RelayAsync(Stream client, string host, int port, string head)
    {
        using var upstream = new TcpClient();
        await upstream.ConnectAsync(host, port, _stop.Token);
        await using var stream = upstream.GetStream();
        Note(head);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(head), _stop.Token);
        await Task.WhenAny(CopyAsync(client, stream, note: true), CopyAsync(stream, client, note: false));
    }

    private async Task CopyAsync(Stream from, Stream to, bool note)
    {
        var buffer = new byte[32 * 1024];
        while (await from.ReadAsync(buffer, _stop.Token) is var read and > 0)
        {
            if (note)
                Note(Encoding.Latin1.GetString(buffer, 0, read));
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }

    // A request's first line comes in one piece from the clients of these tests.
    private void Note(string text)
    {
        foreach (Match line in RequestLine.Matches(text))
            _requests.Enqueue($"{line.Groups[1].Value} {line.Groups[2].Value}");
    }

    private async Task<string> HeadAsync(Stream client)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!(head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n"))
        {
            await client.ReadExactlyAsync(one, _stop.Token);
            head.Append((char)one[0]);
        }
        return head.ToString();
    }

    private async Task<byte[]> ReadAsync(Stream client, int count)
    {
        var bytes = new byte[count];
        await client.ReadExactlyAsync(bytes, _stop.Token);
        return bytes;
    }

    [GeneratedRegex(@"\b(GET|POST) (?:http://[^/ ]+)?(/[^ ]*) HTTP/1\.1\r\n")]
    private static partial Regex RequestLine { get; }

    [GeneratedRegex(@"Content-Length: ([0-9]+)\r\n", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength { get; }
}
