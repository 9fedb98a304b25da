using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using GrokForge.Gateway.Chat;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.Bench;

/// <summary>What one streamed text event costs from the event to the response's buffer. The aim is 0 B allocated.</summary>
[MemoryDiagnoser]
public class SseWriterBenchmarks
{
    private readonly ChatChunks _chunks = new("chatcmpl-0123456789abcdef0123456789abcdef", 1_700_000_000, "grok-4.20", index: 0, includeUsage: false);
    private ByteString _text = ByteString.Empty;
    private SseWriter _writer = null!;

    [Params("Hello", "Eine Zeile mit \"Anführung\",\nzwei Umbrüchen\nund etwas mehr Text, wie ihn ein Modell am Stück schickt.")]
    public string Text { get; set; } = "";

    [GlobalSetup]
    public void Open()
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new Nowhere());
        _writer = new SseWriter(context.Response, ChatChunks.Opening([_chunks]), TimeSpan.FromSeconds(10), TimeProvider.System);
        _text = ByteString.CopyFromUtf8(Text);
    }

    [Benchmark]
    public ValueTask WriteText() => _writer.PutAsync(_chunks.Content(_text.Memory));

    /// <summary>A response whose bytes are counted by nobody.</summary>
    private sealed class Nowhere : PipeWriter, IHttpResponseBodyFeature
    {
        private readonly byte[] _buffer = new byte[4096];

        public Stream Stream => Stream.Null;

        public PipeWriter Writer => this;

        public override void Advance(int bytes)
        {
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => _buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
