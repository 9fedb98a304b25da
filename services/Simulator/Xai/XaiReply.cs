using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using GrokForge.Simulator.GrokWeb.Chat;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Xai;

/// <summary>What the official API says in one chat completion. Becomes a stream or one object, as the request asks. Immutable: every method returns a changed copy.</summary>
public sealed record XaiReply
{
    private XaiReply()
    {
    }

    internal string Content { get; private init; } = "";

    internal string Reasoning { get; private init; } = "";

    internal ImmutableArray<(string Name, string Arguments)> Calls { get; private init; } = [];

    internal ImmutableArray<string> Citations { get; private init; } = [];

    internal XaiCounts Counts { get; private init; } = new(32, 9, 6, 94);

    /// <summary>A reply that says this, in one chunk per word where it is streamed.</summary>
    public static XaiReply Text(string text) => new() { Content = text };

    /// <summary>The reply where nothing is scripted: says what the user said.</summary>
    public static XaiReply Echo(ReceivedRequest request) => Text("Hello from the simulator. You said: " + LastUserText(request));

    /// <summary>Adds reasoning, which comes before the content.</summary>
    public XaiReply Thinking(string reasoning) => this with { Reasoning = reasoning };

    /// <summary>Adds a call of a function.</summary>
    public XaiReply Calling(string name, string argumentsJson) => this with { Calls = Calls.Add((name, argumentsJson)) };

    /// <summary>Adds the addresses of a search.</summary>
    public XaiReply Citing(params string[] urls) => this with { Citations = [.. urls] };

    /// <summary>Says what the reply costs. As this API counts, completion tokens do not include reasoning tokens.</summary>
    public XaiReply Counting(int prompt, int completion, int cached, int reasoning) => this with { Counts = new(prompt, completion, cached, reasoning) };

    /// <summary>The answer to a request.</summary>
    public Answer For(ReceivedRequest request) => Flag(request, "stream") ? Stream(request) : Answer.Json(Whole(request).ToJsonString());

    internal static string LastUserText(ReceivedRequest request)
    {
        var messages = request.Json is { ValueKind: System.Text.Json.JsonValueKind.Object } json ? JsonNode.Parse(json.GetRawText())!["messages"] as JsonArray : null;
        var content = messages?.LastOrDefault(m => (string?)m?["role"] == "user")?["content"];
        return content switch
        {
            JsonArray parts => string.Concat(parts.Select(p => p?["text"]?.GetValue<string>() ?? "")),
            JsonValue text => text.GetValue<string>(),
            _ => "",
        };
    }

    private Answer Stream(ReceivedRequest request)
    {
        var answer = Answer.Stream();
        foreach (var index in Enumerable.Range(0, Choices(request)))
        {
            var role = "assistant";
            foreach (var delta in Deltas())
            {
                if (role is not null)
                    delta["role"] = role;
                role = null;
                answer = Send(answer, Chunk(request, Choice(index, "delta", delta, null)));
            }

            var finish = Chunk(request, Choice(index, "delta", [], FinishReason));
            if (!Citations.IsEmpty)
                finish["citations"] = CitationList();
            answer = Send(answer, finish);
        }

        if (AsksForUsage(request))
        {
            var usage = Chunk(request);
            usage["usage"] = Counts.ToJson();
            answer = Send(answer, usage);
        }

        return answer.Raw("data: [DONE]\n\n");
    }

    private IEnumerable<JsonObject> Deltas()
    {
        foreach (var word in TextTokens.Split(Reasoning))
            yield return new() { ["reasoning_content"] = word };
        foreach (var word in TextTokens.Split(Content))
            yield return new() { ["content"] = word };
        for (var i = 0; i < Calls.Length; i++)
            yield return new() { ["content"] = "", ["tool_calls"] = new JsonArray(Call(i, indexed: true)) };
    }

    private JsonObject Whole(ReceivedRequest request)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = Content, ["refusal"] = null };
        if (Reasoning.Length > 0)
            message["reasoning_content"] = Reasoning;
        if (!Calls.IsEmpty)
            message["tool_calls"] = new JsonArray([.. Enumerable.Range(0, Calls.Length).Select(i => Call(i, indexed: false))]);
        var whole = Head(request, "chat.completion");
        whole["choices"] = new JsonArray([.. Enumerable.Range(0, Choices(request)).Select(i => Choice(i, "message", (JsonObject)message.DeepClone(), FinishReason))]);
        whole["usage"] = Counts.ToJson();
        if (!Citations.IsEmpty)
            whole["citations"] = CitationList();
        whole["system_fingerprint"] = "fp_simulated";
        return whole;
    }

    private string FinishReason => Calls.IsEmpty ? "stop" : "tool_calls";

    private JsonArray CitationList() => new([.. Citations.Select(url => (JsonNode)url)]);

    private JsonObject Call(int index, bool indexed)
    {
        var call = new JsonObject
        {
            ["id"] = string.Create(CultureInfo.InvariantCulture, $"call_{index}"),
            ["function"] = new JsonObject { ["name"] = Calls[index].Name, ["arguments"] = Calls[index].Arguments },
            ["type"] = "function",
        };
        if (indexed)
            call["index"] = index;
        return call;
    }

    private static Answer Send(Answer answer, JsonObject chunk) => answer.Raw(Encoding.UTF8.GetBytes("data: " + chunk.ToJsonString() + "\n\n"));

    private static JsonObject Chunk(ReceivedRequest request, params JsonObject[] choices)
    {
        var chunk = Head(request, "chat.completion.chunk");
        chunk["choices"] = new JsonArray([.. choices]);
        chunk["system_fingerprint"] = "fp_simulated";
        return chunk;
    }

    private static JsonObject Choice(int index, string name, JsonObject content, string? finishReason)
    {
        var choice = new JsonObject { ["index"] = index, [name] = content };
        if (finishReason is not null)
            choice["finish_reason"] = finishReason;
        return choice;
    }

    private static JsonObject Head(ReceivedRequest request, string kind) => new()
    {
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"sim-{request.Number}"),
        ["object"] = kind,
        ["created"] = 1_700_000_000,
        ["model"] = request.Model,
    };

    private static bool AsksForUsage(ReceivedRequest request) =>
        request.Json is { } json && json.TryGetProperty("stream_options", out var options) && options.ValueKind is System.Text.Json.JsonValueKind.Object
        && options.TryGetProperty("include_usage", out var asks) && asks.ValueKind is System.Text.Json.JsonValueKind.True;

    private static bool Flag(ReceivedRequest request, string name) =>
        request.Json is { ValueKind: System.Text.Json.JsonValueKind.Object } json && json.TryGetProperty(name, out var value) && value.ValueKind is System.Text.Json.JsonValueKind.True;

    private static int Choices(ReceivedRequest request) =>
        request.Json is { ValueKind: System.Text.Json.JsonValueKind.Object } json && json.TryGetProperty("n", out var n) && n.TryGetInt32(out var count) ? count : 1;
}

/// <summary>What a reply costs.</summary>
/// <param name="Completion">Without the reasoning tokens.</param>
internal sealed record XaiCounts(int Prompt, int Completion, int Cached, int Reasoning)
{
    public JsonObject ToJson() => new()
    {
        ["prompt_tokens"] = Prompt,
        ["completion_tokens"] = Completion,
        ["total_tokens"] = Prompt + Completion + Reasoning,
        ["prompt_tokens_details"] = new JsonObject { ["text_tokens"] = Prompt, ["audio_tokens"] = 0, ["image_tokens"] = 0, ["cached_tokens"] = Cached },
        ["completion_tokens_details"] = new JsonObject
        {
            ["reasoning_tokens"] = Reasoning,
            ["audio_tokens"] = 0,
            ["accepted_prediction_tokens"] = 0,
            ["rejected_prediction_tokens"] = 0,
        },
        ["num_sources_used"] = 0,
    };
}
