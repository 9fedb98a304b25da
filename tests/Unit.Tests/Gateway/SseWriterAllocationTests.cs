using System.IO.Pipelines;
using Google.Protobuf;
using GrokForge.Gateway.Chat;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.Unit.Tests.Gateway;

/// <summary>What writing one event leaves behind for the garbage collector: nothing.</summary>
public sealed class SseWriterAllocationTests
{
    [Theory]
    [InlineData("Hello")]
    [InlineData("Eine Zeile mit \"Anführung\",\nzwei Umbrüchen\nund etwas mehr Text, wie ihn ein Modell am Stück schickt.")]
    public async Task A_text_event_allocates_nothing(string text)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new PipeBody(new Nowhere()));
        var chunks = new ChatChunks("chatcmpl-0123456789abcdef0123456789abcdef", 1_700_000_000, "grok-4.20", index: 0, includeUsage: false);
        var writer = new SseWriter(context.Response, ChatChunks.Opening([chunks]), TimeSpan.FromSeconds(10), TimeProvider.System);
        var content = ByteString.CopyFromUtf8(text);
        await WriteAsync(writer, chunks, content, 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        await WriteAsync(writer, chunks, content, 1_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // The loop's own task and what the runtime does beside it; an object per event would be 24,000 and more.
        Assert.InRange(allocated, 0, 2_000);
    }

    private static async Task WriteAsync(SseWriter writer, ChatChunks chunks, ByteString content, int count)
    {
        for (var i = 0; i < count; i++)
            await writer.WriteAsync(chunks.Content(content.Memory));
    }

    /// <summary>Takes everything at once: everything stays on one thread.</summary>
    private sealed class Nowhere : PipeWriter
    {
        private readonly byte[] _buffer = new byte[4096];

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
    }
}
