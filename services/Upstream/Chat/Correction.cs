using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.Chat;

/// <summary>What a model is told whose whole answer did not follow its instructions, and what becomes of the request where that leads to nothing.</summary>
/// <param name="Answer">What the model said.</param>
/// <param name="Words">What it is told.</param>
/// <param name="Failure">How the request ends where the answer cannot be passed on as it is.</param>
internal sealed record Correction(string Answer, string Words, Refusal Failure)
{
    // A correction needs the beginning of what it corrects, not all of it.
    private const int MostCorrected = 4000;

    /// <summary>The answer as it can stand in the end; null: it cannot.</summary>
    public IReadOnlyList<ChatEvent>? Otherwise { get; init; }

    /// <summary>The call as if the answer had been given and refused with these words.</summary>
    public ChatCall ApplyTo(ChatCall call)
    {
        var corrected = call.Clone();
        corrected.Messages.Add(Said("assistant", Answer.Length > MostCorrected ? Beginning() + "…" : Answer));
        corrected.Messages.Add(Said("user", Words));
        return corrected;
    }

    /// <summary>Half a surrogate pair would be no text.</summary>
    private string Beginning() => Answer[..(char.IsHighSurrogate(Answer[MostCorrected - 1]) ? MostCorrected - 1 : MostCorrected)];

    private static Message Said(string role, string text) => new() { Role = role, Parts = { new Part { Text = text } } };
}
