using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>An answer as it came over the wire: the pieces in which the server wrote the body, and whether the body was finished.</summary>
internal sealed record RawAnswer(string Head, IReadOnlyList<byte[]> Chunks, bool Finished)
{
    public byte[] Body => [.. Chunks.SelectMany(chunk => chunk)];

    public static async Task<RawAnswer> ReadAsync(Uri server, GrokCall call, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(call.ToWire(server.Authority)), cancellationToken);
        using var received = new MemoryStream();
        await stream.CopyToAsync(received, cancellationToken);
        return Parse(received.ToArray());
    }

    private static RawAnswer Parse(byte[] bytes)
    {
        var headEnd = bytes.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        List<byte[]> chunks = [];
        var rest = bytes.AsMemory(headEnd);
        while (!rest.IsEmpty)
        {
            var lineEnd = rest.Span.IndexOf("\r\n"u8);
            var size = int.Parse(Encoding.ASCII.GetString(rest.Span[..lineEnd]), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                return new(Encoding.ASCII.GetString(bytes, 0, headEnd), chunks, Finished: true);
            }

            chunks.Add(rest.Slice(lineEnd + 2, size).ToArray());
            rest = rest[(lineEnd + 2 + size + 2)..];
        }

        return new(Encoding.ASCII.GetString(bytes, 0, headEnd), chunks, Finished: false);
    }
}
