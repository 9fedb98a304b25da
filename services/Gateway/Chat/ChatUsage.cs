using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Prompt and completion tokens of one answer.</summary>
/// <param name="Completion">Reasoning tokens included.</param>
/// <param name="Estimated">Counted here, not told by the upstream.</param>
internal readonly record struct ChatUsage(int Prompt, int Completion, int Reasoning, int Cached, bool Estimated)
{
    // English text has about four bytes a token, in a request with little JSON around it.
    private const int BytesPerToken = 4;

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
}
