using System.IO.Pipelines;
using System.Text;
using BenchmarkDotNet.Attributes;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Bench;

/// <summary>How fast an upstream answer becomes events, and what each event costs. Goals: at least 200 MB/s, at most 200 B per event.</summary>
[MemoryDiagnoser]
[InvocationCount(64)]
public class AnswerReaderBenchmarks
{
    private const int Tokens = 2_000;
    private byte[] _answer = [];

    /// <summary>How many bytes one read of the network brings.</summary>
    [Params(200, 4_096)]
    public int BytesPerRead { get; set; }

    /// <summary>Whether tokens hold escapes, as code and quotes do.</summary>
    [Params(false, true)]
    public bool Escapes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var token = Escapes ? "\\n\\\"x\\\" \\u00fc" : " reading";
        var body = new StringBuilder();
        for (var i = 0; i < Tokens; i++)
        {
            body.Append("{\"result\":{\"response\":{\"token\":\"").Append(token)
                .Append("\",\"isThinking\":false,\"isSoftStop\":false,\"messageTag\":\"final\",\"responseId\":\"0b9fd6a1-5f6e-4a3c-9a5c-0d2b7c6f1e11\"}}}\n");
        }
        _answer = Encoding.UTF8.GetBytes(body.ToString());
        Console.WriteLine($"// one operation reads {_answer.Length} bytes and {Tokens} events");
    }

    [Benchmark(OperationsPerInvoke = Tokens)]
    public async Task<int> Events()
    {
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        var pipe = PipeReader.Create(new SteadyStream(_answer, BytesPerRead), new StreamPipeReaderOptions(bufferSize: 4 * 1024, minimumReadSize: 512));
        var events = 0;
        await foreach (var _ in new AnswerReader(pipe, AnswerRules.Of(new SettingsSnapshot()), limits).ReadEventsAsync(CancellationToken.None))
            events++;
        await pipe.CompleteAsync();
        return events;
    }

    /// <summary>Brings so many bytes per read, at once.</summary>
    internal sealed class SteadyStream(byte[] bytes, int perRead) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Read(buffer.Span[..Math.Min(buffer.Length, perRead)]));
    }
}
