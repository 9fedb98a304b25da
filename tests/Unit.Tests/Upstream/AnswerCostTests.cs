using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Unit.Tests.Upstream.Tools;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream;

/// <summary>What memory an event costs from the network on, with tags filtered and tools declared.</summary>
public sealed class AnswerCostTests
{
    private const int Tokens = 4_000;
    private const int MostBytesPerEvent = 300;

    [Theory]
    [InlineData(" reading", " reading")]
    [InlineData(" reading", " <to")]
    public async Task An_event_costs_little_memory(string usual, string now)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Tokens).Select(i =>
            "{\"result\":{\"response\":{\"token\":\"" + (i % 10 == 0 ? now : usual) + "\",\"isThinking\":false,\"isSoftStop\":false,\"messageTag\":\"final\",\"responseId\":\"0b9fd6a1-5f6e-4a3c-9a5c-0d2b7c6f1e11\"}}}\n")));
        await ReadAsync(body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var events = await ReadAsync(body);
        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / events;
        Assert.True(events >= Tokens / 2 && each <= MostBytesPerEvent, $"{each} bytes for each of {events} events");
    }

    // All is there already, so nothing is waited for and no other thread goes on.
    private static async Task<int> ReadAsync(byte[] body)
    {
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        await using var answer = new ToolAnswer(new ReadAnswer(body, limits), CorpusCase.Tools(), whole: false, CancellationToken.None);
        var events = 0;
        await foreach (var _ in answer.ReadEventsAsync(CancellationToken.None))
            events++;
        return events;
    }

    private sealed class ReadAnswer(byte[] body, TryLimits limits) : ChatAnswer
    {
        private readonly PipeReader _pipe = PipeReader.Create(new MemoryStream(body), new StreamPipeReaderOptions(bufferSize: 4 * 1024, minimumReadSize: 512));

        public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var piece in new AnswerReader(_pipe, AnswerRules.Of(new SettingsSnapshot()), limits).ReadEventsAsync(cancellationToken))
                yield return piece.Event!;
        }

        public override ValueTask DisposeAsync() => _pipe.CompleteAsync();
    }
}
