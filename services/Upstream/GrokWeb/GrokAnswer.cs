using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>An answer of Grok's web application, opened as far as its first event. Owns its response and its hold on the connections.</summary>
internal sealed class GrokAnswer : ChatAnswer
{
    // No zero-byte reads: after one, .NET 10's BrotliStream waits for more input even where it holds output back.
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 4 * 1024, minimumReadSize: 512);

    private readonly HttpResponseMessage _response;
    private readonly ImageWay _way;
    private readonly PipeReader _pipe;
    private readonly AnswerReader _reader;
    private readonly IAsyncEnumerator<AnswerPiece> _pieces;
    private readonly ImageFetch _images;
    private bool _hasPiece;

    private GrokAnswer(HttpResponseMessage response, ImageFetch images, Stream body, TryLimits limits, CancellationToken cancellationToken)
    {
        _response = response;
        _images = images;
        _way = images.Way;
        _pipe = PipeReader.Create(body, PipeOptions);
        _reader = new AnswerReader(_pipe, images.Rules, limits);
        _pieces = _reader.ReadEventsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>Waits for the first event, or for the reason why there is none.</summary>
    public static async Task<GrokAnswer> BeginAsync(HttpResponseMessage response, ImageFetch images, TryLimits limits, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(limits.Token);
        var answer = new GrokAnswer(response, images, body, limits, cancellationToken);
        try
        {
            answer._hasPiece = await answer._pieces.MoveNextAsync();
            answer.Refusal = answer._hasPiece ? null : answer._reader.Refusal;
            if (answer._hasPiece)
                limits.Answered();
            return answer;
        }
        catch
        {
            await answer.DisposeAsync();
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (; _hasPiece; _hasPiece = await _pieces.MoveNextAsync())
            yield return _pieces.Current.Event ?? await _images.FetchAsync(_pieces.Current.Image!, cancellationToken);
        Refusal = _reader.Refusal;
    }

    public override async ValueTask DisposeAsync()
    {
        await _pieces.DisposeAsync();
        await _pipe.CompleteAsync();
        _response.Dispose();
        _way.Dispose();
    }
}
