using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Gives an upstream that knows no tools the requests and answers of one that does.</summary>
internal static class ToolCalling
{
    /// <summary>Opens the answer. Where a call is demanded it is read as far as the first one, before anything is passed on.</summary>
    public static async Task<ChatAnswer> OpenAsync(ChatTry attempt, OpenAnswer open, CancellationToken cancellationToken)
    {
        if (ToolSet.Of(attempt.Call) is not { } tools)
            return await OpenWithoutAsync(attempt, open, cancellationToken);

        var call = PromptedCall.Before(attempt.Call, ToolPrompt.Of(tools));
        var opened = await open(attempt with { Call = call }, cancellationToken);
        if (opened.Refusal is not null)
            return opened;
        var answer = new ToolAnswer(opened, tools, call.Whole, cancellationToken);
        if (!tools.Demanded)
            return answer;

        try
        {
            await answer.ReadToCallAsync();
            return answer;
        }
        catch
        {
            await answer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where tools are declared and none may be called, a model that has seen calls may write one all the same: it is text, without its tags.</summary>
    private static async Task<ChatAnswer> OpenWithoutAsync(ChatTry attempt, OpenAnswer open, CancellationToken cancellationToken)
    {
        var opened = await open(attempt, cancellationToken);
        return opened.Refusal is not null || attempt.Call.Tools.IsEmpty || !attempt.Call.ResponseFormat.IsEmpty
            ? opened
            : new ToolAnswer(opened, ToolSet.None, attempt.Call.Whole, cancellationToken);
    }
}
