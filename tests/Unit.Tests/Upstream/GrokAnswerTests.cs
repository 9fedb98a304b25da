using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class GrokAnswerTests
{
    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    public async Task A_compressed_answer_is_read_as_far_as_it_was_sent(string encoding)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var wire = new Pipe();
        var sent = 0;
        await using (var plain = new MemoryStream())
        {
            // Well over one decompression buffer, so that output is left behind when the input is used up.
            for (; plain.Length < 100_000; sent++)
                plain.Write(Encoding.UTF8.GetBytes("{\"result\":{\"response\":{\"token\":\"" + sent + "\",\"messageTag\":\"final\"}}}\n"));
            var compressed = Compress(wire.Writer.AsStream(), encoding);
            await compressed.WriteAsync(plain.GetBuffer().AsMemory(0, (int)plain.Length), cancellationToken);
            await compressed.FlushAsync(cancellationToken);
        }

        using var connections = new UpstreamConnections();
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, cancellationToken);
        using var response = new HttpResponseMessage { Content = new StreamContent(Decompress(wire.Reader.AsStream(), encoding)) };
        await using var answer = await GrokAnswer.BeginAsync(response, connections.Use(new SettingsSnapshot()), limits, cancellationToken);
        var read = 0;
        await foreach (var chatEvent in answer.ReadEventsAsync(cancellationToken))
        {
            Assert.Equal(read.ToString(System.Globalization.CultureInfo.InvariantCulture), chatEvent.Text.ToStringUtf8());
            if (++read == sent)
                break;
        }
        Assert.Equal(sent, read);
    }

    private static Stream Compress(Stream to, string encoding) =>
        encoding == "br" ? new BrotliStream(to, CompressionLevel.Fastest) : new GZipStream(to, CompressionLevel.Fastest);

    private static Stream Decompress(Stream from, string encoding) =>
        encoding == "br" ? new BrotliStream(from, CompressionMode.Decompress) : new GZipStream(from, CompressionMode.Decompress);
}
