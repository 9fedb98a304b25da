using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.Xai;

/// <summary>
/// Reads the counts of an answer: {"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"prompt_tokens_details":{"cached_tokens":6},
/// "completion_tokens_details":{"reasoning_tokens":94}}. Pictures have input_tokens and output_tokens.
/// </summary>
internal static class XaiUsage
{
    // No answer has as many; the sums of some stay within what a count can hold.
    private const int Most = 100_000_000;

    public static Usage Read(ReadOnlySpan<byte> json)
    {
        var usage = new Usage();
        var total = 0;
        var reader = new Utf8JsonReader(json, XaiJson.Options);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName)
                continue;
            if (reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8))
                usage.PromptTokens = Count(ref reader);
            else if (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8))
                usage.CompletionTokens = Count(ref reader);
            else if (reader.ValueTextEquals("cached_tokens"u8))
                usage.CachedTokens = Count(ref reader);
            else if (reader.ValueTextEquals("reasoning_tokens"u8))
                usage.ReasoningTokens = Count(ref reader);
            else if (reader.ValueTextEquals("total_tokens"u8))
                total = Count(ref reader);
        }

        // Elsewhere reasoning tokens are part of the completion tokens; xAI counts them beside. The sum tells which it is, and a part that is more than its whole.
        if (usage.ReasoningTokens > usage.CompletionTokens || (usage.ReasoningTokens > 0 && total == usage.PromptTokens + usage.CompletionTokens + usage.ReasoningTokens))
            usage.CompletionTokens += usage.ReasoningTokens;
        return usage;
    }

    private static int Count(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) ? (int)Math.Clamp(count, 0, Most) : 0;
}
