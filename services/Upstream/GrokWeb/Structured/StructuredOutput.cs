using GrokForge.Upstream.Chat;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>Gives an upstream that knows no response formats the answers of one that does: asks for JSON and checks it.</summary>
internal static class StructuredOutput
{
    public static async Task<ChatAnswer> OpenAsync(ChatTry attempt, OpenAnswer open, CancellationToken cancellationToken)
    {
        if (OutputFormat.Of(attempt.Call) is not { } format)
            return await open(attempt, cancellationToken);

        var opened = await open(attempt with { Call = PromptedCall.After(attempt.Call, Prompt(format)) }, cancellationToken);
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

    public static string Correction(string mismatch) => $"That answer cannot be used. {mismatch} Write the whole answer again as the JSON alone, with this corrected.";
}
