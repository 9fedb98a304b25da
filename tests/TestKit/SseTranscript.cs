using System.Text;
using System.Text.Json;

namespace GrokForge.TestKit;

/// <summary>A chat stream that does not keep the wire contract; the message says where.</summary>
public sealed class SseViolationException(string message) : Exception(message);

/// <summary>
/// One streamed chat answer, read strictly: every line is a comment, a data line or blank; chunks share id, created and model; the role comes first and once;
/// the finish reason exactly once and after all content; usage only where asked for; the end mark once and last; an error without a finish reason.
/// </summary>
public sealed class SseTranscript
{
    private readonly bool _usageAsked;

    private SseTranscript(string text, bool usageAsked)
    {
        _usageAsked = usageAsked;
        Text = text;
    }

    /// <summary>The answer as it came.</summary>
    public string Text { get; }

    /// <summary>Comment lines without their colon.</summary>
    public List<string> Comments { get; } = [];

    /// <summary>All chunks, the role chunk first; the error event is none.</summary>
    public List<JsonElement> Chunks { get; } = [];

    /// <summary>What became of each choice, in the order of their indexes.</summary>
    public List<SseChoice> Choices { get; } = [];

    /// <summary>All content deltas of the first choice joined.</summary>
    public string Content => Choices.Count > 0 ? Choices[0].Content : "";

    /// <summary>The tool calls of the first choice.</summary>
    public List<(string Id, string Name, string Arguments)> ToolCalls => Choices.Count > 0 ? Choices[0].ToolCalls : [];

    /// <summary>Why the first choice ended; null where the stream broke.</summary>
    public string? FinishReason => Choices.Count > 0 ? Choices[0].FinishReason : null;

    /// <summary>Whether every choice has ended.</summary>
    public bool HasFinished => Choices.Count > 0 && Choices.TrueForAll(c => c.FinishReason is not null);

    public JsonElement? Usage { get; private set; }

    /// <summary>The inside of the error envelope; null: none.</summary>
    public JsonElement? Error { get; private set; }

    public bool IsDone { get; private set; }

    /// <summary>Comment pings, padding not counted.</summary>
    public int Pings => Comments.Count(c => c.Trim() == "ping");

    /// <summary>Reads a whole stream that ended by itself.</summary>
    public static SseTranscript Parse(string text, bool usageAsked = false)
    {
        var transcript = new SseTranscript(text, usageAsked);
        transcript.ReadLines();
        transcript.CheckEnd();
        return transcript;
    }

    /// <summary>Reads the beginning of a stream that was cut or still goes on: what came must keep the contract.</summary>
    public static SseTranscript ParseOpen(string text, bool usageAsked = false)
    {
        var complete = text.LastIndexOf("\n\n", StringComparison.Ordinal);
        var transcript = new SseTranscript(complete < 0 ? "" : text[..(complete + 2)], usageAsked);
        transcript.ReadLines();
        return transcript;
    }

    /// <summary>Reads a response to its end, headers included.</summary>
    public static async Task<SseTranscript> ReadAsync(HttpResponseMessage response, bool usageAsked, CancellationToken cancellationToken)
    {
        CheckHead(response);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), usageAsked);
    }

    /// <summary>The status and headers of a stream.</summary>
    internal static void CheckHead(HttpResponseMessage response)
    {
        Require((int)response.StatusCode == 200, $"status {(int)response.StatusCode}");
        Require(response.Content.Headers.ContentType?.ToString() == "text/event-stream", $"content type {response.Content.Headers.ContentType}");
        Require(response.Headers.CacheControl?.NoCache == true, "Cache-Control: no-cache is missing");
        Require(response.Content.Headers.ContentEncoding.Count == 0, "the stream is compressed");
    }

    private void ReadLines()
    {
        Require(Text.Length == 0 || Text.EndsWith("\n\n", StringComparison.Ordinal), "the last event is not complete");
        Require(!Text.Contains('\r', StringComparison.Ordinal), "a carriage return");
        foreach (var block in Text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
            ReadBlock(block.Split('\n'));
    }

    private void ReadBlock(string[] lines)
    {
        if (lines[0].StartsWith(':'))
        {
            foreach (var line in lines)
            {
                Require(line.StartsWith(':'), $"a line of a comment block does not begin with a colon: {line}");
                Require(!IsDone, "a comment after the end mark");
                Comments.Add(line[1..]);
            }

            return;
        }

        Require(lines.Length == 1, $"an event of {lines.Length} lines");
        Require(lines[0].StartsWith("data: ", StringComparison.Ordinal), $"neither comment nor data: {lines[0]}");
        Require(!IsDone, "an event after the end mark");
        var payload = lines[0]["data: ".Length..];
        if (payload == "[DONE]")
            IsDone = true;
        else
            ReadPayload(JsonDocument.Parse(payload).RootElement.Clone());
    }

    private void ReadPayload(JsonElement payload)
    {
        Require(Error is null, "an event after the error");
        if (payload.TryGetProperty("error", out var error))
        {
            Require(!HasFinished, "an error after the finish reason");
            Require(error.EnumerateObject().Select(p => p.Name).Order().SequenceEqual(["code", "message", "param", "type"]), $"an error with other keys: {error}");
            Error = error;
            return;
        }

        CheckHead(payload);
        Chunks.Add(payload);
        var choices = payload.GetProperty("choices");
        if (choices.GetArrayLength() == 0)
            ReadUsage(payload);
        else
            ReadChoice(payload, choices);
    }

    private void CheckHead(JsonElement chunk)
    {
        Require(chunk.GetProperty("object").GetString() == "chat.completion.chunk", "a wrong object");
        Require(chunk.GetProperty("id").GetString()!.StartsWith("chatcmpl-", StringComparison.Ordinal), "a wrong id");
        Require(chunk.GetProperty("created").GetInt64() > 0, "no creation time");
        Require(chunk.GetProperty("model").GetString()!.Length > 0, "no model");
        if (Chunks.Count == 0)
            return;
        foreach (var name in new[] { "id", "created", "model" })
            Require(chunk.GetProperty(name).GetRawText() == Chunks[0].GetProperty(name).GetRawText(), $"{name} changes");
    }

    private void ReadUsage(JsonElement chunk)
    {
        Require(_usageAsked, "a chunk without choices, though no usage was asked for");
        Require(HasFinished, "usage before the finish reason");
        Require(Usage is null, "usage twice");
        var usage = chunk.GetProperty("usage");
        UsageRules.Check(usage);
        Usage = usage;
    }

    private void ReadChoice(JsonElement chunk, JsonElement choices)
    {
        Require(chunk.TryGetProperty("usage", out var usage) == _usageAsked, "usage is present only in streams that asked for it");
        Require(!_usageAsked || usage.ValueKind == JsonValueKind.Null, "usage beside a choice is not null");
        Require(choices.GetArrayLength() == 1, "a chunk of several choices");
        var index = choices[0].GetProperty("index").GetInt32();
        if (index == Choices.Count)
            Choices.Add(new SseChoice());
        Require(index >= 0 && index < Choices.Count, "an index other than 0, or a choice before the one of a lower index");
        Choices[index].Read(choices[0]);
    }

    private void CheckEnd()
    {
        Require(IsDone, "no end mark");
        Require(Chunks.Count > 0, "no role chunk");
        Require(HasFinished == Error is null, "neither finish reason nor error");
        Require(Choices.TrueForAll(c => c.FinishReason != "tool_calls" || c.ToolCalls.Count > 0), "the finish reason tool_calls goes with calls");
        Require(Choices.SelectMany(c => c.ToolCalls).DistinctBy(c => c.Id).Count() == Choices.Sum(c => c.ToolCalls.Count), "a call id twice");
        Require(!_usageAsked || Error is not null || Usage is not null, "no usage, though it was asked for");
    }

    internal static void Require(bool holds, string violation)
    {
        if (!holds)
            throw new SseViolationException(violation);
    }
}
