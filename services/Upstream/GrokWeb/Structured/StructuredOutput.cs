using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>Gives an upstream that knows no response formats the answers of one that does: asks for JSON, checks it, has it corrected once.</summary>
internal static class StructuredOutput
{
    public static async Task<ChatAnswer> OpenAsync(ChatTry attempt, OpenAnswer open, CancellationToken cancellationToken)
    {
        if (OutputFormat.Of(attempt.Call) is not { } format)
            return await open(attempt, cancellationToken);

        var asked = attempt with { Call = PromptedCall.After(attempt.Call, Prompt(format)) };
        var first = await ReadAsync(asked, format, open, cancellationToken);
        if (first is not StructuredAnswer { Mismatch: { } mismatch } mistaken)
            return first;

        var corrected = asked with { Call = PromptedCall.Corrected(asked.Call, mistaken.Text, Correction(mismatch)) };
        await mistaken.DisposeAsync();
        corrected.Limits.BeginAgain();
        var second = await ReadAsync(corrected, format, open, cancellationToken);
        if (second is not StructuredAnswer answer)
            return second;
        answer.CorrectionsMade = 1;
        if (answer.Mismatch is null)
            return answer;
        await answer.DisposeAsync();
        return new RefusedAnswer(Failed);
    }

    private static Refusal Failed { get; } = new(LeaseOutcome.Succeeded, NextStep.GiveUp,
        "gave no answer in the response format that was asked for, corrected once", "Simplify the schema, describe it in the prompt, or ask again.")
    { Code = "structured_output_failed" };

    private static async Task<ChatAnswer> ReadAsync(ChatTry attempt, OutputFormat format, OpenAnswer open, CancellationToken cancellationToken)
    {
        var opened = await open(attempt, cancellationToken);
        if (opened.Refusal is not null)
            return opened;
        var answer = new StructuredAnswer(opened, format, cancellationToken);
        try
        {
            await answer.ReadAsync();
            return answer;
        }
        catch
        {
            await answer.DisposeAsync();
            throw;
        }
    }

    private static string Prompt(OutputFormat format) => format.Schema is null
        ? "Answer with one JSON object and nothing else: no code fence, no words before or after it."
        : $"""
          Answer with one JSON value{(format.Name.Length > 0 ? $" named {format.Name}" : "")} that is valid against the JSON Schema below, and with nothing else: no code fence, no words before or after it.
          Give every required property, and none that the schema does not allow.

          {format.Schema}
          """;

    private static string Correction(string mismatch) => $"That answer cannot be used. {mismatch} Write the whole answer again as the JSON alone, with this corrected.";
}
