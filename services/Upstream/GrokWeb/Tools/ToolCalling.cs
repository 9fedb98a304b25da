using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Gives an upstream that knows no tools the requests and answers of one that does.</summary>
internal static class ToolCalling
{
    /// <summary>Opens the answer. Where a call is demanded and none comes, the model is corrected once, before anything was passed on; then its first answer stands as it is.</summary>
    public static async Task<ChatAnswer> OpenAsync(ChatTry attempt, OpenAnswer open, CancellationToken cancellationToken)
    {
        if (ToolSet.Of(attempt.Call) is not { } tools)
            return await open(attempt, cancellationToken);

        var call = PromptedCall.Before(attempt.Call, ToolPrompt.Of(tools));
        var opened = await open(attempt with { Call = call }, cancellationToken);
        if (opened.Refusal is not null)
            return opened;
        var first = new ToolAnswer(opened, tools, call.Whole, cancellationToken);
        if (!tools.Demanded)
            return first;

        ToolAnswer? answer = null;
        try
        {
            await first.ReadToCallAsync();
            answer = first.HasCalled || first.Refusal is not null
                ? first
                : await CorrectAsync(attempt with { Call = PromptedCall.Corrected(call, first.WaitingText(), ToolPrompt.Correction(tools)) }, tools, open, cancellationToken) ?? first;
            if (first.Refusal is null && !first.HasCalled)
                answer.CorrectionsMade = 1;
            return answer;
        }
        finally
        {
            if (!ReferenceEquals(answer, first))
                await first.DisposeAsync();
        }
    }

    /// <returns>Null: the correction led to no call either.</returns>
    private static async Task<ToolAnswer?> CorrectAsync(ChatTry attempt, ToolSet tools, OpenAnswer open, CancellationToken cancellationToken)
    {
        attempt.Limits.BeginAgain();
        var opened = await open(attempt, cancellationToken);
        if (opened.Refusal is not null)
        {
            await opened.DisposeAsync();
            return null;
        }

        var second = new ToolAnswer(opened, tools, attempt.Call.Whole, cancellationToken);
        try
        {
            await second.ReadToCallAsync();
            return second.HasCalled ? second : null;
        }
        finally
        {
            if (!second.HasCalled)
                await second.DisposeAsync();
        }
    }
}
