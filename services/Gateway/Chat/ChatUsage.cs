using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Prompt and completion tokens of one answer.</summary>
/// <param name="Completion">Reasoning tokens included.</param>
/// <param name="Estimated">Counted here, not told by the upstream.</param>
internal readonly record struct ChatUsage(int Prompt, int Completion, int Reasoning, int Cached, bool Estimated)
{
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
