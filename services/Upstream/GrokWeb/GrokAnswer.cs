using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>An answer of Grok's web application, opened as far as its first event. Owns its response and its hold on the connections.</summary>
internal sealed class GrokAnswer : ChatAnswer
{
    // No zero-byte reads: after one, .NET 10's BrotliStream waits for more input even where it holds output back.
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 4 * 1024, minimumReadSize: 512);

    private readonly HttpResponseMessage _response;
    private readonly ConnectionUse _use;
    private readonly PipeReader _pipe;
    private readonly AnswerReader _reader;
    private readonly IAsyncEnumerator<ChatEvent> _events;
    private bool _hasEvent;

    private GrokAnswer(HttpResponseMessage response, ConnectionUse use, Stream body, TryLimits limits, CancellationToken cancellationToken)
    {
        _response = response;
        _use = use;
        _pipe = PipeReader.Create(body, PipeOptions);
        _reader = new AnswerReader(_pipe, limits);
        _events = _reader.ReadEventsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>Waits for the first event, or for the reason why there is none.</summary>
    public static async Task<GrokAnswer> BeginAsync(HttpResponseMessage response, ConnectionUse use, TryLimits limits, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(limits.Token);
        var answer = new GrokAnswer(response, use, body, limits, cancellationToken);
        answer._hasEvent = await answer._events.MoveNextAsync();
        answer.Refusal = answer._hasEvent ? null : answer._reader.Refusal;
        limits.Answered();
        return answer;
    }

    public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (; _hasEvent; _hasEvent = await _events.MoveNextAsync())
            yield return _events.Current;
        Refusal = _reader.Refusal;
    }

    public override async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        await _pipe.CompleteAsync();
        _response.Dispose();
        _use.Dispose();
    }
}
