using System.Net.Sockets;

namespace GrokForge.TestKit.Servers;

/// <summary>Says a server's first words to it and looks whether it answers as expected.</summary>
internal static class TcpProbe
{
    /// <param name="server">host:port.</param>
    public static async Task<bool> AnswersAsync(string server, byte[] greeting, byte firstByte, CancellationToken cancellationToken)
    {
        var (host, port) = server.Split(':') is [var h, var p] ? (h, int.Parse(p, System.Globalization.CultureInfo.InvariantCulture)) : (server, 0);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(host, port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync(greeting, cancellationToken);
            var answer = new byte[1];
            return await stream.ReadAsync(answer, cancellationToken) == 1 && answer[0] == firstByte;
        }
        catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
