using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace GrokForge.LoadBench.Generator;

/// <summary>One HTTP/1.1 connection on a bare socket: sends prepared bytes, and reads the answer as it comes without keeping it.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly byte[] _buffer = new byte[8192];
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly BodyDecoder _body = new();
    private int _from;
    private int _to;

    /// <summary>Bytes of the last answer's body.</summary>
    public long AnswerBytes => _body.Bytes;

    public static async Task<RawConnection> OpenAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        var connection = new RawConnection();
        await connection._socket.ConnectAsync(target, cancellationToken);
        return connection;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Sends a request and reads its answer to the end; answers the status.</summary>
    public async ValueTask<int> AskAsync(ReadOnlyMemory<byte> request, TokenTrace? trace, CancellationToken cancellationToken)
    {
        var status = await BeginAsync(request, trace, cancellationToken);
        await EndAsync(trace, cancellationToken);
        return status;
    }

    /// <summary>Sends a request and reads the head of its answer.</summary>
    public async ValueTask<int> BeginAsync(ReadOnlyMemory<byte> request, TokenTrace? trace, CancellationToken cancellationToken)
    {
        trace?.Begin();
        for (var sent = 0; sent < request.Length;)
            sent += await _socket.SendAsync(request[sent..], cancellationToken);

        while (true)
        {
            var end = _buffer.AsSpan(_from, _to - _from).IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                await ReceiveAsync(cancellationToken);
                continue;
            }

            var head = _buffer.AsSpan(_from, end + 4);
            if (!Utf8Parser.TryParse(head[9..12], out int status, out _))
                throw new InvalidDataException("The answer is not HTTP.");
            _body.Begin(head);
            _from += head.Length;
            return status;
        }
    }

    /// <summary>Reads on until the trace has its first token.</summary>
    public async ValueTask FirstTokenAsync(TokenTrace trace, CancellationToken cancellationToken)
    {
        while (!Feed(trace) && trace.Count == 0)
            await ReceiveAsync(cancellationToken);
    }

    /// <summary>Reads the rest of the answer.</summary>
    public async ValueTask EndAsync(TokenTrace? trace, CancellationToken cancellationToken)
    {
        while (!Feed(trace))
            await ReceiveAsync(cancellationToken);
    }

    /// <summary>Takes what has been received. True: the answer is whole.</summary>
    private bool Feed(TokenTrace? trace)
    {
        if (_body.IsWhole)
            return true;
        _from += _body.Feed(_buffer.AsSpan(_from, _to - _from), trace);
        return _body.IsWhole;
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }
        if (_to == _buffer.Length)
            throw new InvalidDataException("The head of an answer is longer than 8 KB.");
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(_to), cancellationToken);
        if (received == 0)
            throw new EndOfStreamException("The connection ended in the middle of an answer.");
        _to += received;
    }
}
