using System.IO.Pipelines;
using System.Text;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Unit.Tests.Upstream;

/// <summary>What reading an answer costs per event, by the count of bytes, which no busy machine changes.</summary>
public sealed class AnswerReaderAllocationTests
{
    private const int Tokens = 2_000;
    private const int BytesPerEvent = 200;

    [Theory]
    [InlineData(200, " reading")]
    [InlineData(4096, " reading")]
    [InlineData(4096, "\\n\\\"x\\\" \\u00fc")]
    public async Task An_event_costs_at_most_200_bytes(int bytesPerRead, string token)
    {
        var line = "{\"result\":{\"response\":{\"token\":\"" + token + "\",\"isThinking\":false,\"isSoftStop\":false,\"messageTag\":\"final\",\"responseId\":\"0b9fd6a1-5f6e-4a3c\"}}}\n";
        var answer = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, Tokens)));
        await ReadAsync(answer, bytesPerRead);

        var before = GC.GetAllocatedBytesForCurrentThread();
        await ReadAsync(answer, bytesPerRead);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 1, Tokens * BytesPerEvent);
    }

    private static async Task ReadAsync(byte[] answer, int bytesPerRead)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, cancellationToken);
        var pipe = PipeReader.Create(new SteadyStream(answer, bytesPerRead), new StreamPipeReaderOptions(bufferSize: 4 * 1024, minimumReadSize: 512));
        var events = 0;
        await foreach (var _ in new AnswerReader(pipe, AnswerRules.Of(new SettingsSnapshot()), limits).ReadEventsAsync(cancellationToken))
            events++;
        await pipe.CompleteAsync();
        Assert.InRange(events, Tokens, Tokens + 1);
    }

    /// <summary>Brings so many bytes per read, at once: everything stays on one thread.</summary>
    private sealed class SteadyStream(byte[] bytes, int perRead) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span[..Math.Min(buffer.Length, perRead)]));
    }
}
