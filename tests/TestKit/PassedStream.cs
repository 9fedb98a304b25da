using System.Text.Json;
using static GrokForge.TestKit.SseTranscript;

namespace GrokForge.TestKit;

/// <summary>
/// A stream whose chunks an API wrote and the gateway passed on. What is the gateway's own must keep the wire contract: framing, comments, the model's name,
/// hidden usage, errors, the end mark. What the API says is not judged.
/// </summary>
internal static class PassedStream
{
    /// <summary>Whether a model of this name may be answered so: all of the API's, and those that tests name after it.</summary>
    public static bool IsOf(string model) => model.StartsWith("xai/", StringComparison.Ordinal) || model.StartsWith("api-", StringComparison.Ordinal);

    /// <param name="ended">Whether the stream ended by itself.</param>
    public static void Check(string text, string model, bool usageAsked, bool ended)
    {
        Require(!text.Contains('\r', StringComparison.Ordinal), "a carriage return");
        var (isDone, hasFailed) = (false, false);
        foreach (var block in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            Require(!isDone, "something after the end mark");
            if (block[0] == ':')
            {
                Require(block.Split('\n').All(line => line.StartsWith(':')), "a line of a comment block does not begin with a colon");
                continue;
            }

            Require(block.StartsWith("data: ", StringComparison.Ordinal) && !block.Contains('\n', StringComparison.Ordinal), $"neither comment nor one line of data: {block}");
            isDone = block == "data: [DONE]";
            if (isDone)
                continue;
            Require(!hasFailed, "an event after the error");
            var chunk = JsonDocument.Parse(block["data: ".Length..]).RootElement;
            hasFailed = chunk.TryGetProperty("error", out _);
            Require(!chunk.TryGetProperty("model", out var name) || name.GetString() == model, $"the model {name} is not the client's {model}");
            Require(usageAsked || !chunk.TryGetProperty("usage", out _), "usage that was not asked for");
        }

        Require(isDone || !ended, "no end mark");
    }
}
