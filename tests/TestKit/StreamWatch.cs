using System.Net;
using System.Text;
using System.Text.Json;
using static GrokForge.TestKit.SseTranscript;

namespace GrokForge.TestKit;

/// <summary>Makes the HTTP clients by which tests ask a gateway: whatever event stream they read must keep the wire contract, or the reading fails.</summary>
public static class WatchedClient
{
    public static HttpClient Of(Uri? address) => Of(address, Direct());

    public static HttpClient Of(Uri? address, TimeSpan timeout) => new(new StreamWatch(Direct())) { BaseAddress = address, Timeout = timeout };

    public static HttpClient Of(Uri? address, HttpMessageHandler inner) => new(new StreamWatch(inner)) { BaseAddress = address };

    // Who leaves a stream is gone at once: .NET's client would go on reading for 2 s, in the hope of using the connection again.
    private static SocketsHttpHandler Direct() => new() { ResponseDrainTimeout = TimeSpan.Zero };
}

/// <summary>Has every event stream validated while it is read: whole where it ended by itself, its complete events where the test left it.</summary>
public sealed class StreamWatch(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            CheckHead(response);
            response.Content = new WatchedContent(response.Content, await Asked.OfAsync(request, cancellationToken));
        }

        return response;
    }

    /// <summary>What of a request its stream is judged by.</summary>
    private sealed record Asked(string Model, bool Usage)
    {
        public static async Task<Asked> OfAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is null || request.Content.Headers.ContentEncoding.Count > 0)
                return new Asked("", false);
            // Of a stream a byte order mark is passed over.
            using var body = JsonDocument.Parse(new MemoryStream(await request.Content.ReadAsByteArrayAsync(cancellationToken)));
            var usage = body.RootElement.TryGetProperty("stream_options", out var options) && options.ValueKind == JsonValueKind.Object
                && options.TryGetProperty("include_usage", out var include) && include.ValueKind == JsonValueKind.True;
            return new Asked(body.RootElement.TryGetProperty("model", out var model) && model.ValueKind == JsonValueKind.String ? model.GetString()! : "", usage);
        }
    }

    /// <summary>A stream's content, handed on as it comes.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private readonly HttpContent _content;
        private readonly Asked _asked;

        public WatchedContent(HttpContent content, Asked asked)
        {
            (_content, _asked) = (content, asked);
            foreach (var (name, values) in content.Headers)
                Headers.TryAddWithoutValidation(name, values);
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

        protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
            new WatchedStream(await _content.ReadAsStreamAsync(cancellationToken), _asked);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await using var watched = await CreateContentReadStreamAsync(cancellationToken);
            await watched.CopyToAsync(stream, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _content.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Keeps what was read, and validates it at its end or when it is left.</summary>
    private sealed class WatchedStream(Stream inner, Asked asked) : Stream
    {
        private readonly MemoryStream _seen = new();
        private bool _checked;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Watch(buffer.AsSpan(offset, count), inner.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            return Watch(buffer.Span, read);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                Check(ended: false);
            }

            base.Dispose(disposing);
        }

        private int Watch(ReadOnlySpan<byte> buffer, int read)
        {
            _seen.Write(buffer[..read]);
            if (read == 0 && buffer.Length > 0)
                Check(ended: true);
            return read;
        }

        private void Check(bool ended)
        {
            if (_checked)
                return;
            _checked = true;
            var bytes = _seen.ToArray();
            var complete = ended ? bytes.Length : bytes.AsSpan().LastIndexOf("\n\n"u8) is >= 0 and var end ? end + 2 : 0;
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, complete);
            if (PassedStream.IsOf(asked.Model))
                PassedStream.Check(text, asked.Model, asked.Usage, ended);
            else
                _ = ended ? Parse(text, asked.Usage) : ParseOpen(text, asked.Usage);
        }
    }
}
