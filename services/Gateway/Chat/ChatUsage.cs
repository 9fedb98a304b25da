using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Prompt and completion tokens of one answer.</summary>
/// <param name="Completion">Reasoning tokens included.</param>
/// <param name="Estimated">Counted here, not told by the upstream.</param>
internal readonly record struct ChatUsage(int Prompt, int Completion, int Reasoning, int Cached, bool Estimated)
{
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
