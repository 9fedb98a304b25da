using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>Answers that must call: what is held back until a call is sure.</summary>
public sealed class ToolAnswerTests
{
    [Fact]
    public async Task Every_demanded_call_of_the_corpus_is_found_cut_anywhere_and_nothing_of_it_told_before()
    {
        foreach (var known in CorpusCase.All.Where(c => c.Calls.Count > 0))
        {
            List<string> choices = ["\"required\""];
            if (known.Calls.Select(c => c.Name).Distinct().ToList() is [var name])
                choices.Add($$$"""{"type":"function","function":{"name":"{{{name}}}"}}""");
            foreach (var choice in choices)
            {
                var bytes = known.Bytes;
                var whole = await ReadAsync(choice, [bytes]);
                for (var cut = 1; cut < bytes.Length; cut += Math.Max(1, bytes.Length / 40))
                {
                    var read = await ReadAsync(choice, [bytes[..cut], bytes[cut..]]);
                    Assert.True(whole == read, $"{known.Id} cut at {cut}, {choice}: {read}, whole: {whole}");
                }
            }
        }
    }

    [Fact]
    public async Task A_call_of_another_tool_than_the_demanded_one_is_corrected()
    {
        var known = CorpusCase.All.First(c => c.Calls.Count == 1 && c.Calls[0].Name == "get_weather");
        var others = CorpusCase.All.SelectMany(c => c.Calls).Select(c => c.Name).First(n => n != "get_weather");
        await using var answer = new ToolAnswer(new Written([known.Bytes]), CorpusCase.Tools($$$"""{"type":"function","function":{"name":"{{{others}}}"}}"""), whole: false, Cancelled);
        await answer.ReadToCallAsync();
        Assert.NotNull(answer.Correction);
    }

    [Fact]
    public async Task What_is_held_back_for_a_call_that_never_comes_has_an_end()
    {
        var flood = new Written(Enumerable.Repeat(Encoding.UTF8.GetBytes(new string('a', 1024 * 1024)), 100));
        await using var answer = new ToolAnswer(flood, CorpusCase.Tools("\"required\""), whole: false, Cancelled);
        await answer.ReadToCallAsync();
        Assert.Contains("without the call", answer.Refusal!.What, StringComparison.Ordinal);
        Assert.InRange(flood.Read, 8, 10);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>What a client gets, in words; the call is sure before the first of it is told.</summary>
    private static async Task<string> ReadAsync(string choice, IEnumerable<byte[]> pieces)
    {
        await using var answer = new ToolAnswer(new Written(pieces), CorpusCase.Tools(choice), whole: false, Cancelled);
        await answer.ReadToCallAsync();
        Assert.Null(answer.Correction);
        // The pieces are cut within code points too.
        var (text, calls) = (new MemoryStream(), new MemoryStream());
        await foreach (var chatEvent in answer.ReadEventsAsync(Cancelled))
        {
            text.Write(chatEvent.Text.Span);
            if (chatEvent.Tool is not { } delta)
                continue;
            if (delta.Id.Length > 0)
                calls.Write(Encoding.UTF8.GetBytes($"\n{delta.Name}: "));
            calls.Write(delta.Arguments.Span);
        }

        Assert.NotEqual(0, calls.Length);
        return Encoding.UTF8.GetString([.. text.ToArray(), .. calls.ToArray()]);
    }

    /// <summary>An answer of these pieces of text.</summary>
    private sealed class Written(IEnumerable<byte[]> pieces) : ChatAnswer
    {
        public int Read { get; private set; }

        public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            foreach (var piece in pieces)
            {
                Read++;
                yield return new ChatEvent { Text = ByteString.CopyFrom(piece) };
            }
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
