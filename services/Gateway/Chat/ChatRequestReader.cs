using System.Text.Json;
using System.Text.Unicode;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads and checks a chat request: {"model":"grok-4.20","messages":[{"role":"user","content":"Hi"}],"stream":true}. Unknown fields are ignored at any depth.</summary>
internal static class ChatRequestReader
{
    private const int MaxDepth = 256;

    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];

    /// <returns>The request, or the first rule it breaks.</returns>
    public static (ChatRequest? Request, OpenAIError? Error) Read(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        if (!Utf8.IsValid(body.Span))
            return (null, NoJson("The body is not valid UTF-8."));
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return (null, NoJson("The body must be a JSON object."));
            var violation = new FirstViolation();
            var request = Read(new JsonFields(json.RootElement, "", violation), violation);
            return violation.Error is null ? (request, null) : (null, violation.Error);
        }
        catch (JsonException e)
        {
            return (null, NoJson($"The body is not valid JSON, or nested deeper than {MaxDepth}: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }
        catch (InvalidOperationException)
        {
            // What System.Text.Json throws for half of a surrogate pair in a name or a text, such as "\ud83d".
            return (null, NoJson("The body holds an unpaired surrogate."));
        }
    }

    private static ChatRequest Read(JsonFields fields, FirstViolation violation)
    {
        var model = fields.Text("model");
        if (string.IsNullOrWhiteSpace(model))
            violation.Add("model", "missing_model", "'model' is required.");
        var (tools, names) = ChatToolReader.Tools(fields, violation);
        var request = new ChatRequest
        {
            Model = model ?? "",
            Messages = ChatMessageReader.Read(fields, violation),
            Stream = fields.Flag("stream"),
            IncludeUsage = fields.Object("stream_options") is { } options && new JsonFields(options, "stream_options", violation).Flag("include_usage") is true,
            Temperature = InRange(fields.Number("temperature"), 2, "temperature", violation),
            TopP = InRange(fields.Number("top_p"), 1, "top_p", violation),
            MaxTokens = Positive(fields, "max_completion_tokens", violation) ?? Positive(fields, "max_tokens", violation),
            Stop = Stop(fields, violation),
            ReasoningEffort = Effort(fields, violation),
            DeepSearch = DeepSearch(fields, violation),
            Tools = tools,
            ToolChoice = ChatToolReader.Choice(fields, names, violation),
            Temporary = fields.Flag("temporary"),
            DisableMemory = fields.Flag("disable_memory"),
            CustomInstruction = fields.Text("custom_instruction"),
            ParallelToolCalls = fields.Flag("parallel_tool_calls"),
            ResponseFormat = ChatFormatReader.Read(fields, violation),
        };
        CheckTypes(fields);
        RefuseWhatIsNotSupported(fields, violation);
        return request;
    }

    /// <summary>Fields that are accepted without effect must still be what they say.</summary>
    private static void CheckTypes(JsonFields fields)
    {
        fields.Number("presence_penalty");
        fields.Number("frequency_penalty");
    }

    private static void RefuseWhatIsNotSupported(JsonFields fields, FirstViolation violation)
    {
        if (Positive(fields, "n", violation) > 1)
            NotSupported("n", "Only one choice per request is supported.", violation);
    }

    private static void NotSupported(string param, string message, FirstViolation violation) =>
        violation.Add(param, "unsupported_parameter", message);

    private static double? InRange(double? value, double most, string name, FirstViolation violation)
    {
        if (value < 0 || value > most)
            violation.Add(name, $"invalid_{name}", $"'{name}' must be between 0 and {most}.");
        return value;
    }

    private static int? Positive(JsonFields fields, string name, FirstViolation violation)
    {
        var value = fields.Whole(name);
        if (value < 1)
            violation.Add(name, "invalid_value", $"'{name}' must be at least 1.");
        return value;
    }

    private static IReadOnlyList<string> Stop(JsonFields fields, FirstViolation violation)
    {
        var stop = fields.Find("stop");
        if (stop is { ValueKind: JsonValueKind.String } one)
            return [one.GetString()!];
        if (stop is null)
            return [];
        if (stop.Value.ValueKind == JsonValueKind.Array && stop.Value.EnumerateArray().All(s => s.ValueKind == JsonValueKind.String))
            return [.. stop.Value.EnumerateArray().Select(s => s.GetString()!)];
        violation.Add("stop", JsonFields.InvalidJson, "'stop' must be a string or an array of strings.");
        return [];
    }

    private static string? Effort(JsonFields fields, FirstViolation violation)
    {
        var effort = fields.Text("reasoning_effort")?.Trim().ToLowerInvariant();
        if (effort is not null && !Efforts.Contains(effort))
            violation.Add("reasoning_effort", "invalid_reasoning_effort", $"'reasoning_effort' must be one of {string.Join(", ", Efforts)}.");
        return effort;
    }

    private static string? DeepSearch(JsonFields fields, FirstViolation violation)
    {
        var preset = fields.Text("deepsearch");
        if (preset is not (null or "" or "default" or "deeper"))
            violation.Add("deepsearch", "invalid_deepsearch", "'deepsearch' must be default or deeper.");
        return preset is "" ? null : preset;
    }

    private static OpenAIError NoJson(string message) => new(StatusCodes.Status400BadRequest, JsonFields.InvalidJson, message);
}
