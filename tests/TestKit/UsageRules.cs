using System.Text.Json;

namespace GrokForge.TestKit;

/// <summary>What holds for the usage object of every answer, streamed or whole.</summary>
public static class UsageRules
{
    private static readonly string[] Keys = ["completion_tokens", "completion_tokens_details", "prompt_tokens", "prompt_tokens_details", "total_tokens"];

    public static void Check(JsonElement usage)
    {
        SseTranscript.Require(usage.EnumerateObject().Select(p => p.Name).Order().SequenceEqual(Keys), $"usage with other keys: {usage}");
        var prompt = usage.GetProperty("prompt_tokens").GetInt32();
        var completion = usage.GetProperty("completion_tokens").GetInt32();
        SseTranscript.Require(usage.GetProperty("total_tokens").GetInt32() == prompt + completion, "the total is not the sum");
        SseTranscript.Require(IsPart(usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens"), prompt), $"cached tokens that are no part of the prompt: {usage}");
        SseTranscript.Require(IsPart(usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens"), completion), $"reasoning tokens that are no part of the completion: {usage}");
    }

    private static bool IsPart(JsonElement part, int whole) => part.GetInt32() is var count && count >= 0 && count <= whole;
}
