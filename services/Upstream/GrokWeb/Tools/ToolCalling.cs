using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Gives an upstream that knows no tools the requests and answers of one that does.</summary>
internal static class ToolCalling
{
    // A correction needs the beginning of what it corrects, not all of it.
    private const int MostCorrected = 4000;

    public delegate Task<ChatAnswer> Open(ChatTry attempt, CancellationToken cancellationToken);

    /// <summary>Opens the answer. Where a call is demanded and none comes, the model is corrected once, before anything was passed on; then its first answer stands as it is.</summary>
    public static async Task<ChatAnswer> OpenAsync(ChatTry attempt, Open open, CancellationToken cancellationToken)
    {
        if (ToolSet.Of(attempt.Call) is not { } tools)
            return await open(attempt, cancellationToken);

        var call = WithPrompt(attempt.Call, ToolPrompt.Of(tools));
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
                : await CorrectAsync(attempt with { Call = WithCorrection(call, first.WaitingText(), tools) }, tools, open, cancellationToken) ?? first;
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
    private static async Task<ToolAnswer?> CorrectAsync(ChatTry attempt, ToolSet tools, Open open, CancellationToken cancellationToken)
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

    private static ChatCall WithPrompt(ChatCall call, string prompt)
    {
        var told = call.Clone();
        if (told.Messages.Count > 0 && told.Messages[0].Role == "system")
            told.Messages[0].Parts.Insert(0, new Part { Text = prompt + "\n\n" });
        else
            told.Messages.Insert(0, Said("system", prompt));
        return told;
    }

    private static ChatCall WithCorrection(ChatCall call, string answer, ToolSet tools)
    {
        var corrected = call.Clone();
        corrected.Messages.Add(Said("assistant", answer.Length > MostCorrected ? answer[..MostCorrected] + "…" : answer));
        corrected.Messages.Add(Said("user", ToolPrompt.Correction(tools)));
        return corrected;
    }

    private static Message Said(string role, string text) => new() { Role = role, Parts = { new Part { Text = text } } };
}
