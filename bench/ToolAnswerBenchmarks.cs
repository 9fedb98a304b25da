using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using BenchmarkDotNet.Attributes;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Bench;

/// <summary>What an event costs from the network to the gateway's door with tags filtered and tools declared. Goal: at most 300 B per event.</summary>
[MemoryDiagnoser]
[InvocationCount(64)]
public class ToolAnswerBenchmarks
{
    private const int Tokens = 2_000;
    private const string Declared = """[{"type":"function","function":{"name":"search","parameters":{"type":"object","properties":{"query":{"type":"string"}}}}},{"type":"function","function":{"name":"note"}}]""";
    private byte[] _answer = [];
    private ToolSet _tools = null!;

    /// <summary>Plain words, words with the beginnings of calls among them, or one call of 18 KB; the last is checked against its schema at its end, which costs by itself.</summary>
    [Params("words", "lookalikes", "call", "checked call")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var call = new ChatCall { Tools = ByteString.CopyFromUtf8(Declared) };
        _tools = ToolSet.Of(call)!;
        var body = new StringBuilder();
        for (var i = 0; i < Tokens; i++)
        {
            body.Append("{\"result\":{\"response\":{\"token\":\"").Append(Token(i))
                .Append("\",\"isThinking\":false,\"isSoftStop\":false,\"messageTag\":\"final\",\"responseId\":\"0b9fd6a1-5f6e-4a3c-9a5c-0d2b7c6f1e11\"}}}\n");
        }
        _answer = Encoding.UTF8.GetBytes(body.ToString());
    }

    [Benchmark(OperationsPerInvoke = Tokens)]
    public async Task<int> Events()
    {
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        await using var answer = new ToolAnswer(new ReadAnswer(_answer, limits), _tools, whole: false, CancellationToken.None);
        var events = 0;
        await foreach (var _ in answer.ReadEventsAsync(CancellationToken.None))
            events++;
        return events;
    }

    private string Token(int index) => Kind switch
    {
        "call" or "checked call" when index == 0 => $"<tool_call>{{\\\"name\\\":\\\"{(Kind == "call" ? "note" : "search")}\\\",\\\"arguments\\\":{{\\\"query\\\":\\\"",
        "call" or "checked call" when index == Tokens - 1 => "\\\"}}</tool_call>",
        "lookalikes" when index % 10 == 0 => " <to",
        "lookalikes" when index % 10 == 5 => " {",
        _ => " reading",
    };

    /// <summary>An answer of the upstream's bytes.</summary>
    private sealed class ReadAnswer(byte[] bytes, TryLimits limits) : ChatAnswer
    {
        private readonly PipeReader _pipe = PipeReader.Create(new AnswerReaderBenchmarks.SteadyStream(bytes, 4_096), new StreamPipeReaderOptions(bufferSize: 4 * 1024, minimumReadSize: 512));

        public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var piece in new AnswerReader(_pipe, AnswerRules.Of(new SettingsSnapshot()), limits).ReadEventsAsync(cancellationToken))
                yield return piece.Event!;
        }

        public override ValueTask DisposeAsync() => _pipe.CompleteAsync();
    }
}
