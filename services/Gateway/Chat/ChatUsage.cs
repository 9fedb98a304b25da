using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Prompt and completion tokens of one answer.</summary>
/// <param name="Completion">Reasoning tokens included.</param>
/// <param name="Estimated">Counted here, not told by the upstream.</param>
internal readonly record struct ChatUsage(int Prompt, int Completion, int Reasoning, int Cached, bool Estimated)
{
    // English text has about four bytes a token, in a request with little JSON around it.
    private const int BytesPerToken = 4;

    // No answer has as many; sums of several choices stay far within what the counts can hold.
    private const int MostTold = 100_000_000;

    /// <summary>The counts that an upstream told, as far as they can be true: none is negative or absurd, and parts are no more than their whole.</summary>
    public static ChatUsage Told(Contracts.Chat.Usage told)
    {
        var (prompt, completion) = (Plausible(told.PromptTokens), Plausible(told.CompletionTokens));
        return new(prompt, completion, Math.Min(Plausible(told.ReasoningTokens), completion), Math.Min(Plausible(told.CachedTokens), prompt), Estimated: false);
    }

    /// <summary>
    /// The counts of an answer that was passed on and did not come to tell its own, as its stream was left or broke: by bytes, and by chunks, of which each carries about a token.
    /// Its texts are not looked into.
    /// </summary>
    public static ChatUsage OfPassed(int requestBytes, ChatChoice choice) =>
        new(requestBytes / BytesPerToken, choice.Passed.IsEmpty ? choice.PassedChunks : choice.Passed.Length / BytesPerToken, 0, 0, Estimated: true);

    /// <summary>The counts of several choices together: the prompt was given once.</summary>
    public static ChatUsage OfAll(IReadOnlyCollection<ChatUsage> choices) => choices.Count == 0
        ? new(0, 0, 0, 0, Estimated: true)
        : new(choices.First().Prompt, choices.Sum(c => c.Completion), choices.Sum(c => c.Reasoning), choices.First().Cached, choices.Any(c => c.Estimated));

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("prompt_tokens", Prompt);
        json.WriteNumber("completion_tokens", Completion);
        json.WriteNumber("total_tokens", Prompt + Completion);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", Cached);
        json.WriteEndObject();
        json.WriteStartObject("completion_tokens_details");
        json.WriteNumber("reasoning_tokens", Reasoning);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static int Plausible(int count) => Math.Clamp(count, 0, MostTold);
}
