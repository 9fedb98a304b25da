using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>Reads Grok's answer: JSON objects, on lines or glued together, e.g. {"result":{"response":{"token":"Hel","isThinking":false}}}</summary>
internal sealed class AnswerReader(PipeReader source, AnswerRules rules, TryLimits limits)
{
    private readonly AnswerEvents _events = new(rules);
    private ObjectFramer _framer = new();
    private ReadOnlySequence<byte> _buffer;
    private bool _holdsBuffer;
    private bool _completed;

    /// <summary>After the last event: why the answer is none, or not whole.</summary>
    public Refusal? Refusal { get; private set; }

    /// <summary>Objects that were not JSON and were skipped.</summary>
    public int Malformed { get; private set; }

    /// <summary>The answer's pieces in upstream order, without a closing event. Can be read once.</summary>
    public async IAsyncEnumerable<AnswerPiece> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await FillAsync(cancellationToken))
        {
            while (TakeObject())
            {
                while (_events.TryTake(out var piece))
                    yield return piece;
            }
        }

        if (Refusal is not null)
            yield break;

        _events.End();
        while (_events.TryTake(out var piece))
            yield return piece;
        Refusal = _events.Refusal;
    }

    /// <summary>Takes one object out of the buffer. False: the buffer has none left, or the answer is over.</summary>
    private bool TakeObject()
    {
        while (true)
        {
            switch (_framer.Next(ref _buffer, out var found))
            {
                case Frame.Object:
                    Parse(found);
                    Refusal = _events.Refusal;
                    return Refusal is null;
                case Frame.Malformed:
                    Malformed++;
                    break;
                case Frame.Done:
                    _completed = true;
                    return false;
                case Frame.TooLong:
                    Refusal = Refusal.Unavailable($"sent an object of more than {ObjectFramer.ObjectLimit} bytes");
                    return false;
                default:
                    return false;
            }
        }
    }

    private void Parse(in ReadOnlySequence<byte> found)
    {
        if (found.IsSingleSegment)
        {
            Parse(found.FirstSpan);
            return;
        }

        var copy = ArrayPool<byte>.Shared.Rent((int)found.Length);
        found.CopyTo(copy);
        Parse(copy.AsSpan(0, (int)found.Length));
        ArrayPool<byte>.Shared.Return(copy);
    }

    private void Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            _events.Take(AnswerFields.Read(json));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader says InvalidOperation of a name with half a surrogate pair.
            Malformed++;
        }
    }

    /// <summary>Waits for more bytes. False: there are none, or the answer is over.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_completed)
        {
            if (_framer.IsInside)
                Refusal ??= Refusal.CutOff;
            return false;
        }
        if (Refusal is not null)
            return false;

        try
        {
            if (_holdsBuffer)
                source.AdvanceTo(_buffer.Start, _buffer.End);
            _holdsBuffer = false;
            var reading = source.ReadAsync(limits.Token);
            var waits = !reading.IsCompleted;
            if (waits)
                limits.Waiting();
            var read = await reading;
            if (waits)
                limits.Arrived();
            _holdsBuffer = true;
            _buffer = read.Buffer;
            _completed = read.IsCompleted;
            return true;
        }
        catch (OperationCanceledException) when (limits.Passed && !cancellationToken.IsCancellationRequested)
        {
            Refusal = limits.Refusal();
        }
        catch (Exception e) when (e is HttpRequestException || GrokWebProvider.IsBrokenBody(e))
        {
            Refusal = Refusal.CutOff;
        }
        return false;
    }
}
