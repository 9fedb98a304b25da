using System.IO.Compression;
using System.IO.Pipelines;
using System.Net;
using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;
using GrokForge.Upstream.GrokWeb;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Answers;
using Microsoft.Extensions.Logging.Abstractions;

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

        using var connections = new UpstreamConnections(DecompressionMethods.None);
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, cancellationToken);
        using var response = new HttpResponseMessage { Content = new StreamContent(Decompress(wire.Reader.AsStream(), encoding)) };
        await using var answer = await GrokAnswer.BeginAsync(response, Images(connections, limits), limits, cancellationToken);
        var read = 0;
        await foreach (var chatEvent in answer.ReadEventsAsync(cancellationToken))
        {
            Assert.Equal(read.ToString(System.Globalization.CultureInfo.InvariantCulture), chatEvent.Text.ToStringUtf8());
            if (++read == sent)
                break;
        }
        Assert.Equal(sent, read);
    }

    [Theory]
    [InlineData("br")]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_body_that_is_not_what_its_encoding_says_is_an_answer_cut_off(string encoding)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var connections = new UpstreamConnections(DecompressionMethods.None);
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, cancellationToken);
        using var response = new HttpResponseMessage { Content = new StreamContent(Corrupt(encoding)) };
        await using var answer = await GrokAnswer.BeginAsync(response, Images(connections, limits), limits, cancellationToken);
        Assert.Same(Refusal.CutOff, answer.Refusal);

        using var refused = new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden) { Content = new StreamContent(Corrupt(encoding)) };
        var thrown = await Record.ExceptionAsync(() => GrokRefusals.ReadAsync(refused, new SettingsSnapshot(), TimeProvider.System, cancellationToken));
        Assert.True(GrokWebProvider.IsBrokenBody(thrown!), thrown!.ToString());
    }

    [Fact]
    public async Task An_answer_that_is_left_before_it_began_is_closed()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var connections = new UpstreamConnections(DecompressionMethods.None);
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, leaving.Token);
        var wire = new Pipe();
        using var response = new HttpResponseMessage { Content = new StreamContent(wire.Reader.AsStream()) };
        var beginning = GrokAnswer.BeginAsync(response, Images(connections, limits), limits, leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beginning);
        Assert.True((await wire.Writer.WriteAsync(new byte[1], TestContext.Current.CancellationToken)).IsCompleted, "Nobody reads it any more.");
    }

    private static Stream Corrupt(string encoding)
    {
        var bytes = Enumerable.Repeat((byte)0xff, 500).ToArray();
        return Decompress(new MemoryStream(bytes), encoding);
    }

    private static ImageFetch Images(UpstreamConnections connections, TryLimits limits)
    {
        var settings = new SettingsSnapshot();
        return new ImageFetch(new ChatTry(new ChatCall(), null!, settings, limits), new ImageWay(connections.Use(settings), null!, settings), AnswerRules.Of(settings), TimeProvider.System, NullLogger<ImageFetch>.Instance);
    }

    private static Stream Compress(Stream to, string encoding) =>
        encoding == "br" ? new BrotliStream(to, CompressionLevel.Fastest) : new GZipStream(to, CompressionLevel.Fastest);

    private static Stream Decompress(Stream from, string encoding) =>
        encoding switch
        {
            "br" => new BrotliStream(from, CompressionMode.Decompress),
            "gzip" => new GZipStream(from, CompressionMode.Decompress),
            _ => new ZLibStream(from, CompressionMode.Decompress),
        };
}
