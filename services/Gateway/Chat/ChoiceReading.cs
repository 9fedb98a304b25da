using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads the events of one choice: applies the client's stop sequences and its limit of tokens, which the upstream has not, notes what is told and hands it on.</summary>
internal sealed class ChoiceReading(ChatWork work, ChatChoice choice, ChatAnswer answer, TokenEstimate estimate)
{
    private readonly StopFilter? _stop = work.Stop is null ? null : new StopFilter(work.Stop);
    private LengthLimit? _limit;

    public ChatChoice Choice => choice;

    /// <summary>Whether the end was told.</summary>
    public bool Ended { get; private set; }

    private bool IsPlain => _stop is null && work.MaxTokens is null;

    /// <summary>Takes an event of the answer. What comes after the end is let fall.</summary>
    public ValueTask TakeAsync(ChatEvent chatEvent) => chatEvent.EventCase switch
    {
        _ when Ended => default,
        ChatEvent.EventOneofCase.OpenaiChunk => PassAsync(chatEvent.OpenaiChunk.Memory),
        ChatEvent.EventOneofCase.Text when IsPlain => TellAsync(new TextPiece(chatEvent.Text.Memory)),
        ChatEvent.EventOneofCase.Text => FilterAsync(new TextPiece(chatEvent.Text.Memory)),
        ChatEvent.EventOneofCase.Citation => FilterAsync(new TextPiece(chatEvent.Citation.Text.Memory, chatEvent.Citation)),
        ChatEvent.EventOneofCase.Reasoning => ReasonAsync(chatEvent.Reasoning.Memory),
        ChatEvent.EventOneofCase.Tool => CallAsync(chatEvent.Tool),
        ChatEvent.EventOneofCase.Media => ShowAsync(chatEvent.Media),
        ChatEvent.EventOneofCase.Finished => FinishAsync(chatEvent.Finished),
        ChatEvent.EventOneofCase.Failed => FailAsync(chatEvent.Failed),
        ChatEvent.EventOneofCase.Restarted => Restart(),
        ChatEvent.EventOneofCase.Served => ServeAsync(chatEvent),
        _ => Note(chatEvent),
    };

    private ValueTask PassAsync(ReadOnlyMemory<byte> json)
    {
        choice.IsPassed = true;
        choice.PassedChunks++;
        return answer.TakePassedAsync(json);
    }

    private ValueTask ServeAsync(ChatEvent chatEvent)
    {
        choice.Note(chatEvent);
        return work.MayPass && chatEvent.Served.Route != Pools.Xai ? answer.BeginAsync() : default;
    }

    private async ValueTask FilterAsync(TextPiece piece)
    {
        if (_stop is null)
        {
            await TellWithinAsync(piece);
            return;
        }

        await TellAllAsync(_stop.Take(piece));
        if (_stop.HasStopped && !Ended)
            await EndAsync(choice.Calls.Count > 0 ? "tool_calls" : "stop");
    }

    /// <summary>Tells what the stop sequences hold back, before something that stands in the text or ends it.</summary>
    private async ValueTask ReleaseAsync()
    {
        if (_stop is not null)
            await TellAllAsync(_stop.Release());
    }

    private async ValueTask TellAllAsync(IReadOnlyList<TextPiece> pieces)
    {
        for (var i = 0; i < pieces.Count && !Ended; i++)
            await TellWithinAsync(pieces[i]);
    }

    private async ValueTask TellWithinAsync(TextPiece piece)
    {
        if (await LimitAsync() is not { } limit)
        {
            await TellAsync(piece);
            return;
        }

        var fits = limit.Fit(piece.Text.Span);
        if (fits == piece.Text.Length)
            await TellAsync(piece);
        else if (fits > 0)
            await TellAsync(new TextPiece(piece.Text[..fits]));
        if (limit.IsReached)
            await CutAsync();
    }

    private ValueTask TellAsync(TextPiece piece)
    {
        if (piece.Text.IsEmpty)
            return default;
        choice.Text.Append(piece.Text.Span);
        return piece.Citation is { } citation ? answer.TakeCitationAsync(citation) : answer.TakeTextAsync(piece.Text);
    }

    // What the stop sequences hold back stays held: reasoning stands before the text or in a field of its own, never between its words.
    private async ValueTask ReasonAsync(ReadOnlyMemory<byte> reasoning)
    {
        var limit = await LimitAsync();
        if (limit is not null)
            reasoning = reasoning[..limit.Fit(reasoning.Span)];
        if (!reasoning.IsEmpty && !Ended)
        {
            choice.Reasoning.Append(reasoning.Span);
            await answer.TakeReasoningAsync(reasoning);
        }

        if (limit is { IsReached: true })
            await CutAsync();
    }

    // A call that has begun is told to its end: half of its arguments would be of use to nobody. What the stop sequences hold back stays held: calls stand beside the text.
    private async ValueTask CallAsync(ToolDelta delta)
    {
        if (await LimitAsync() is { } limit)
        {
            if (limit.IsReached && delta.Id.Length > 0)
            {
                await ReleaseAsync();
                await CutAsync();
            }
            else
            {
                limit.Count(delta.Name + delta.Arguments.ToStringUtf8());
            }
        }

        if (Ended)
            return;
        choice.Calls.Append(delta);
        await answer.TakeToolAsync(delta);
    }

    private async ValueTask ShowAsync(Media media)
    {
        await ReleaseAsync();
        if (!Ended)
            await answer.TakeMediaAsync(media);
    }

    private async ValueTask FinishAsync(Finished finished)
    {
        await ReleaseAsync();
        if (!Ended)
            await EndAsync(finished.FinishReason.Length > 0 ? finished.FinishReason : "stop");
    }

    private ValueTask FailAsync(Failed failed)
    {
        choice.NoteFailed(failed);
        return ReleaseAsync();
    }

    private ValueTask CutAsync()
    {
        choice.WasCut = true;
        return Ended ? default : EndAsync("length");
    }

    private ValueTask EndAsync(string reason)
    {
        Ended = true;
        choice.FinishReason = reason;
        return answer.FinishAsync(reason);
    }

    private ValueTask Restart()
    {
        choice.Restart();
        _stop?.Clear();
        _limit = null;
        return default;
    }

    private ValueTask Note(ChatEvent chatEvent)
    {
        choice.Note(chatEvent);
        return default;
    }

    private async ValueTask<LengthLimit?> LimitAsync() =>
        work.MaxTokens is { } most ? _limit ??= await estimate.LimitAsync(most) : null;
}
