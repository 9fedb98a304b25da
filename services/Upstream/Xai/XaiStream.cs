using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>A streamed answer of the official API, opened as far as its first chunk that says something. Its end is [DONE]; whatever stops before that is broken off.</summary>
internal sealed class XaiStream : ChatAnswer
{
    private const int LongestLine = 16 * 1024 * 1024;
    private const int MostHeld = 8;

    // A stream that waits holds no buffer.
    private static readonly StreamPipeReaderOptions PipeOptions = new(bufferSize: 8 * 1024, minimumReadSize: 1024, useZeroByteReads: true);

    private readonly XaiResponse _response;
    private readonly PipeReader _pipe;
    private readonly XaiChunks _chunks;
    private readonly TryLimits _limits;
    private readonly CancellationToken _clientGone;
    private ReadOnlySequence<byte> _buffer;

    // The beginning of the buffer that is known to hold no end of line: a long line is not searched anew with every piece of it.
    private long _seen;
    private byte[]? _chunk;

    // Chunks before the first that says something: while only they have come, another key may still be tried.
    private readonly List<byte[]> _held = [];
    private bool _holdsBuffer;
    private bool _isDone;
    private bool _isOver;
    private bool _hasBegun;

    private XaiStream(XaiResponse response, Stream body, XaiChunks chunks, TryLimits limits, CancellationToken clientGone)
    {
        (_response, _chunks, _limits, _clientGone) = (response, chunks, limits, clientGone);
        _pipe = PipeReader.Create(body, PipeOptions);
    }

    public override string FinishReason => "";

    /// <summary>Waits for the first chunk that says something, or for the reason why there is none.</summary>
    public static async Task<XaiStream> BeginAsync(XaiResponse response, XaiChunks chunks, TryLimits limits, CancellationToken clientGone)
    {
        var answer = new XaiStream(response, await response.ReadAsync(limits.Token), chunks, limits, clientGone);
        try
        {
            var hasAnswered = false;
            while (!hasAnswered && await answer.MoveNextAsync())
            {
                hasAnswered = answer._held.Count == MostHeld || XaiChunks.SaysSomething(answer._chunk);
                if (!hasAnswered)
                    answer._held.Add(answer._chunk!);
            }

            if (hasAnswered)
                limits.Answered();
            else
                answer.Refusal = answer.Refusal is { } refusal && refusal != Refusal.CutOff ? refusal : Refusal.EmptyAnswer;
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
        foreach (var held in _held)
            yield return new ChatEvent { OpenaiChunk = UnsafeByteOperations.UnsafeWrap(held) };
        do
        {
            yield return new ChatEvent { OpenaiChunk = UnsafeByteOperations.UnsafeWrap(_chunk) };
        }
        while (await MoveNextAsync());

        if (_chunks.Usage is { } usage)
            yield return new ChatEvent { Usage = usage };
    }

    public override async ValueTask DisposeAsync()
    {
        await _pipe.CompleteAsync();
        _response.Dispose();
    }

    /// <summary>Goes to the next chunk for the client. False: there is none; unless there is a refusal, the answer is whole.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> MoveNextAsync()
    {
        _chunk = null;
        while (_chunk is null && !_isDone && Refusal is null)
        {
            if (!TakeLine() && !await FillAsync())
                break;
        }

        if (_chunk is null && !_isDone)
            Refusal ??= Refusal.CutOff;
        return _chunk is not null;
    }

    /// <summary>Takes a line out of the buffer: data: {…}, data: [DONE], a comment, or nothing.</summary>
    private bool TakeLine()
    {
        if (_buffer.Slice(_seen).PositionOf((byte)'\n') is { } end)
        {
            Take(_buffer.Slice(0, end));
            (_buffer, _seen) = (_buffer.Slice(_buffer.GetPosition(1, end)), 0);
            return true;
        }

        _seen = _buffer.Length;

        if (_buffer.Length > LongestLine)
            Refusal = Refusal.Unavailable($"sent a line of more than {LongestLine} bytes");
        if (!_isOver || _buffer.IsEmpty)
            return false;
        // What is left without an end of line counts only where it is the end mark: anything else may be cut.
        _isDone = SseLine.IsDone(SseLine.Of(_buffer.IsSingleSegment ? _buffer.FirstSpan : _buffer.ToArray()));
        return false;
    }

    private void Take(in ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment)
        {
            Take(line.FirstSpan);
            return;
        }

        var copy = ArrayPool<byte>.Shared.Rent((int)line.Length);
        line.CopyTo(copy);
        Take(copy.AsSpan(0, (int)line.Length));
        ArrayPool<byte>.Shared.Return(copy);
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (!_hasBegun && line.StartsWith("\uFEFF"u8))
            line = line[3..];
        _hasBegun = true;
        var json = SseLine.Of(line);
        if (json.IsEmpty)
            return;
        if (SseLine.IsDone(json))
        {
            _isDone = true;
            return;
        }

        try
        {
            _chunk = _chunks.Take(json);
            if (_chunks.Error is { } error)
                Refusal = XaiRefusals.InAnswer(error);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            Refusal = Refusal.Unavailable("sent a chunk that is no JSON");
        }
    }

    /// <summary>Waits for more bytes. False: there are none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync()
    {
        if (_isOver)
            return false;
        try
        {
            if (_holdsBuffer)
                _pipe.AdvanceTo(_buffer.Start, _buffer.End);
            _holdsBuffer = false;
            var reading = _pipe.ReadAsync(_limits.Token);
            var waits = !reading.IsCompleted;
            if (waits)
                _limits.Waiting();
            var read = await reading;
            if (waits)
                _limits.Arrived();
            (_buffer, _holdsBuffer, _isOver) = (read.Buffer, true, read.IsCompleted);
            return true;
        }
        catch (OperationCanceledException) when (_limits.Passed && !_clientGone.IsCancellationRequested)
        {
            Refusal = _limits.Refusal();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Refusal = Refusal.CutOff;
        }

        return false;
    }
}

/// <summary>The one kind of line that counts in a stream of events: data: {…}</summary>
internal static class SseLine
{
    private static ReadOnlySpan<byte> Field => "data:"u8;

    /// <returns>What the line carries; empty: it is a comment, another field, or blank.</returns>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line) => line.StartsWith(Field) ? line[Field.Length..].Trim(" \r\t"u8) : default;

    public static bool IsDone(ReadOnlySpan<byte> content) => content.SequenceEqual("[DONE]"u8);
}
