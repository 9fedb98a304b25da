using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Usage;

namespace GrokForge.Gateway.Chat;

/// <summary>What the choices of one streamed answer share.</summary>
/// <param name="count">Counts the answer's tokens.</param>
internal sealed record StreamedAnswer(ChatWork Work, ChatTally Tally, SseWriter Writer, Func<ValueTask> Count)
{
    public bool IsComplete => Tally.Choices.All(c => c.FinishReason.Length > 0);
}

/// <summary>The stream of one choice.</summary>
internal sealed class StreamedChoice(StreamedAnswer answer, ChatChoice choice, ChatChunks chunks) : ChatAnswer
{
    private readonly ReasoningForm _form = answer.Work.Reasoning;
    private Thinking _thinking;

    public override ValueTask TakeTextAsync(ReadOnlyMemory<byte> text)
    {
        if (_thinking == Thinking.Open)
            return CloseAndTakeAsync(text);
        _thinking = Thinking.Over;
        return WriteAsync(text);
    }

    public override ValueTask TakeReasoningAsync(ReadOnlyMemory<byte> reasoning)
    {
        if (_form == ReasoningForm.ReasoningContent)
            return answer.Writer.PutAsync(chunks.Reasoning(reasoning));
        // What is thought after the answer has begun cannot stand before it.
        var hidden = _form == ReasoningForm.Hidden || (_form == ReasoningForm.ThinkTags && _thinking == Thinking.Over);
        return hidden ? answer.Writer.OpenAsync() : ThinkAsync(reasoning);
    }

    public override async ValueTask TakeCitationAsync(Citation citation)
    {
        await CloseThinkingAsync();
        await answer.Writer.PutAsync(chunks.Citation(citation.Text.Memory, choice.Notes.Wrote(citation)));
    }

    public override async ValueTask TakeMediaAsync(Media media)
    {
        await CloseThinkingAsync();
        await WriteAsync(ImageMarkdown.Of(media));
    }

    public override ValueTask TakeToolAsync(ToolDelta delta)
    {
        if (_thinking == Thinking.Open)
            return CloseAndTakeAsync(delta);
        _thinking = Thinking.Over;
        return answer.Writer.PutAsync(chunks.Tool(delta));
    }

    public override ValueTask TakePassedAsync(ReadOnlyMemory<byte> json) => answer.Writer.PassAsync(json);

    public override ValueTask BeginAsync() => answer.Writer.PutAsync(new SseEvent(chunks.Role()));

    public override ValueTask FlushAsync() => answer.Writer.FlushAsync();

    public override async ValueTask FinishAsync(string finishReason)
    {
        if (choice.IsPassed)
        {
            await EndAsync(SseBytes.Done);
            return;
        }

        await CloseThinkingAsync();
        var finish = chunks.Finish(finishReason, choice.Notes);
        if (!answer.IsComplete)
        {
            await answer.Writer.PutAsync(new SseEvent(finish));
            return;
        }

        if (answer.Work.IncludeUsage)
            await answer.Count();
        await EndAsync(chunks.Ending(finish, answer.Tally.Usage));
    }

    /// <summary>The answer broke: what is open is closed.</summary>
    public ValueTask BreakAsync() => _thinking == Thinking.Open ? CloseThinkingAsync() : default;

    private async ValueTask EndAsync(ReadOnlyMemory<byte> ending)
    {
        await answer.Writer.FinishAsync(ending);
        answer.Tally.Status = StatusCodes.Status200OK;
        answer.Tally.Outcome = UsageOutcome.Completed;
    }

    private async ValueTask ThinkAsync(ReadOnlyMemory<byte> reasoning)
    {
        if (_form.HasFlag(ReasoningForm.ReasoningContent))
            await answer.Writer.PutAsync(chunks.Reasoning(reasoning));
        if (_thinking == Thinking.NotYet)
            await WriteAsync(ThinkTags.Open);
        if (_thinking == Thinking.Over)
            return;
        _thinking = Thinking.Open;
        await WriteAsync(reasoning);
    }

    private async ValueTask CloseAndTakeAsync(ReadOnlyMemory<byte> text)
    {
        await CloseThinkingAsync();
        await WriteAsync(text);
    }

    private async ValueTask CloseAndTakeAsync(ToolDelta delta)
    {
        await CloseThinkingAsync();
        await answer.Writer.PutAsync(chunks.Tool(delta));
    }

    private async ValueTask CloseThinkingAsync()
    {
        var open = _thinking == Thinking.Open;
        _thinking = Thinking.Over;
        if (open)
            await WriteAsync(ThinkTags.Close);
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> content)
    {
        choice.Notes.Wrote(content.Span);
        return answer.Writer.PutAsync(chunks.Content(content));
    }

    /// <summary>Where the think tags are; they are opened once.</summary>
    private enum Thinking
    {
        NotYet,
        Open,
        Over,
    }
}
