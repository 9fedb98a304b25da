using System.Text.Json;
using static GrokForge.TestKit.SseTranscript;

namespace GrokForge.TestKit;

/// <summary>One choice of a streamed answer, read strictly.</summary>
public sealed class SseChoice
{
    private bool _begun;

    /// <summary>All content deltas joined.</summary>
    public string Content { get; private set; } = "";

    /// <summary>All reasoning_content deltas joined.</summary>
    public string Reasoning { get; private set; } = "";

    /// <summary>The tool calls, each put together from its deltas; custom ones with their text as arguments.</summary>
    public List<(string Id, string Name, string Arguments)> ToolCalls { get; } = [];

    /// <summary>Null where the stream broke.</summary>
    public string? FinishReason { get; private set; }

    internal void Read(JsonElement choice)
    {
        Require(choice.TryGetProperty("finish_reason", out var reason), "no key finish_reason");
        Require(choice.TryGetProperty("logprobs", out _), "no key logprobs");
        Require(FinishReason is null, "a choice after the finish reason");
        var delta = choice.GetProperty("delta");
        Require(delta.TryGetProperty("role", out var role) != _begun, "the role comes first and only once");
        Require(_begun || (role.GetString() == "assistant" && delta.GetProperty("content").GetString() == ""), "a wrong role chunk");
        _begun = true;
        if (reason.ValueKind != JsonValueKind.Null)
        {
            Require(reason.GetString() is "stop" or "length" or "tool_calls" or "content_filter", $"finish reason {reason}");
            Require(!delta.EnumerateObject().Any(), "a finish chunk with a delta");
            FinishReason = reason.GetString();
        }
        else if (delta.TryGetProperty("content", out var content))
        {
            Content += content.GetString();
        }
        else if (delta.TryGetProperty("reasoning_content", out var reasoning))
        {
            Require(reasoning.GetString()!.Length > 0, "an empty piece of reasoning");
            Reasoning += reasoning.GetString();
        }
        else
        {
            Require(delta.TryGetProperty("tool_calls", out var calls), $"a delta of nothing known: {delta}");
            foreach (var call in calls.EnumerateArray())
                ReadToolDelta(call);
        }
    }

    private void ReadToolDelta(JsonElement delta)
    {
        var index = delta.GetProperty("index").GetInt32();
        var isCustom = delta.TryGetProperty("custom", out var function);
        if (!isCustom)
            function = delta.GetProperty("function");
        var arguments = function.GetProperty(isCustom ? "input" : "arguments").GetString()!;
        if (!delta.TryGetProperty("id", out var id))
        {
            Require(index == ToolCalls.Count - 1, "arguments of a call that is not the last one");
            Require(!function.TryGetProperty("name", out _), "a name in a later delta");
            var (known, name, sofar) = ToolCalls[index];
            ToolCalls[index] = (known, name, sofar + arguments);
            return;
        }

        Require(index == ToolCalls.Count, "call indexes are not dense");
        Require(delta.GetProperty("type").GetString() == (isCustom ? "custom" : "function"), "a call of another type");
        Require(!ToolCalls.Exists(c => c.Id == id.GetString()), "a call id twice");
        ToolCalls.Add((id.GetString()!, function.GetProperty("name").GetString()!, arguments));
    }
}
