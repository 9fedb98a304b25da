using System.Net.Sockets;
using System.Text;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>A client of bytes: sends what no HTTP client would send, and leaves when it is told to.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly byte[] _buffer = new byte[4096];

    public static Task<RawClient> PostAsync(Uri address, string path, string body, CancellationToken cancellationToken) => SendAsync(
        address,
        $"POST {path} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}",
        cancellationToken);

    public static async Task<RawClient> SendAsync(Uri address, string request, CancellationToken cancellationToken)
    {
        var client = new RawClient();
        await client._client.ConnectAsync(address.Host, address.Port, cancellationToken);
        try
        {
            await client._client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
        }
        catch (IOException)
        {
            // The server may answer and close before everything was sent.
        }

        return client;
    }

    public async Task<string> ReadOnceAsync(CancellationToken cancellationToken)
    {
        var read = await _client.GetStream().ReadAsync(_buffer, cancellationToken);
        return Encoding.UTF8.GetString(_buffer, 0, read);
    }

    /// <summary>All up to the end, which must be one in good order: a reset throws.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellationToken);
    }

    public async Task ReadUntilAsync(string expected, CancellationToken cancellationToken)
    {
        var text = "";
        while (!text.Contains(expected, StringComparison.Ordinal))
        {
            var more = await ReadOnceAsync(cancellationToken);
            Assert.NotEmpty(more);
            text += more;
        }
    }

    /// <summary>Closes the connection, in good order or by a reset.</summary>
    public void Leave(bool reset)
    {
        if (reset)
            _client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    public void Dispose() => _client.Dispose();
}
