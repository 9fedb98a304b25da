using System.IO.Compression;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Http;

namespace GrokForge.Unit.Tests.Gateway.Rim;

public sealed class JsonBodyReaderTests
{
    private const int Limit = 64 * 1024;

    [Fact]
    public async Task Of_a_bomb_no_more_is_inflated_than_the_limit_and_what_one_read_brings()
    {
        using var bomb = new CountingStream(new GZipStream(new MemoryStream(Zipped(64 * 1024 * 1024)), CompressionMode.Decompress));
        var context = new DefaultHttpContext();
        context.Features.Set(CompressedBody.Instance);
        context.Request.Body = bomb;
        var budget = new BodyBudget(new CurrentSettings(new SettingsSnapshot()));
        var (body, error) = await new JsonBodyReader(budget).ReadAsync(context, Limit, TestContext.Current.CancellationToken);
        Assert.Null(body);
        Assert.Equal((413, "request_too_large"), (error!.Status, error.Code));
        Assert.InRange(bomb.Count, Limit, Limit + 16 * 1024);
        Assert.InRange(budget.Held, 0, Limit);
    }

    private static byte[] Zipped(int zeros)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.SmallestSize))
            gzip.Write(new byte[zeros]);
        return zipped.ToArray();
    }

    /// <summary>Counts what was read of another stream.</summary>
    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Count { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Count += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Flush() => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
