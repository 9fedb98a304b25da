using System.Text.Json;
using System.Text.Unicode;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads and checks a chat request: {"model":"grok-4.20","messages":[{"role":"user","content":"Hi"}],"stream":true}. Unknown fields are ignored at any depth.</summary>
internal static class ChatRequestReader
{
    private const int MaxDepth = 256;

    // The document's parser walks back over everything inside an object or array when that ends: size times depth.
    private const int PlainBytes = 256 * 1024;
    private const long MostDepths = 50_000_000;

    /// <returns>The request, or the first rule it breaks.</returns>
    public static (ChatRequest? Request, OpenAIError? Error) Read(ReadOnlyMemory<byte> body)
    {
        if (body.Span.StartsWith("\uFEFF"u8))
            body = body[3..];
        if (!Utf8.IsValid(body.Span))
            return (null, NoJson("The body is not valid UTF-8."));
        try
        {
            if (body.Length > PlainBytes && IsTangled(body.Span))
                return (null, NoJson("The body is nested too deeply for its size."));
            using var json = JsonDocument.Parse(JsonSurrogates.Mend(body), new JsonDocumentOptions { MaxDepth = MaxDepth });
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
    }

    private static bool IsTangled(ReadOnlySpan<byte> body)
    {
        var depths = 0L;
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
            depths += reader.CurrentDepth;
        return depths > MostDepths;
    }

    private static ChatRequest Read(JsonFields fields, FirstViolation violation)
    {
        var model = fields.Text("model");
        if (string.IsNullOrWhiteSpace(model))
            violation.Add("model", "missing_model", "'model' is required.");

        // Cursor sends the body of the Responses API to this door.
        var isResponse = ResponsesInput.IsAt(fields);
        var messages = isResponse ? ResponsesInput.Read(fields, violation) : ChatMessageReader.Read(fields, violation);
        var (tools, names) = ChatToolReader.Tools(fields, isResponse, violation);
        var format = ChatFormatReader.Read(fields, "response_format", violation) ?? (isResponse ? ResponsesInput.Format(fields, violation) : null);
        var request = new ChatRequest
        {
            Model = model ?? "",
            Messages = messages,
            Stream = fields.Flag("stream"),
            IncludeUsage = ChatFields.IncludeUsage(fields, violation),
            Temperature = ChatFields.InRange(fields, "temperature", 2, violation),
            TopP = ChatFields.InRange(fields, "top_p", 1, violation),
            Choices = ChatFields.Choices(fields, violation),
            MaxTokens = MaxTokens(fields, isResponse, violation),
            Stop = ChatFields.Stop(fields, violation),
            ReasoningEffort = ChatFields.Effort(fields, "reasoning_effort", violation) ?? ResponsesInput.Effort(fields, isResponse, violation),
            ReasoningFormat = ChatFields.ReasoningFormat(fields, violation),
            DeepSearch = ChatFields.DeepSearch(fields, violation),
            Tools = tools,
            ToolChoice = ChatToolReader.Choice(fields, names, violation),
            Temporary = fields.Flag("temporary"),
            DisableMemory = fields.Flag("disable_memory"),
            CustomInstruction = fields.Text("custom_instruction"),
            ParallelToolCalls = fields.Flag("parallel_tool_calls"),
            ResponseFormat = format?.Json,
            Names = new ClientNames(isResponse ? "input" : "messages", format?.Path ?? ClientNames.Usual.Format, format?.SchemaPath ?? ClientNames.Usual.Schema),
        };
        ChatFields.CheckTypes(fields);
        ChatFields.RefuseWhatCannotBeGiven(fields, violation);
        ChatToolReader.RefuseOldForm(fields, violation);
        return request;
    }

    /// <summary>The newer name counts; both are checked.</summary>
    private static int? MaxTokens(JsonFields fields, bool isResponse, FirstViolation violation)
    {
        var older = ChatFields.MaxTokens(fields, "max_tokens", violation);
        var output = isResponse ? ChatFields.MaxTokens(fields, "max_output_tokens", violation) : null;
        return ChatFields.MaxTokens(fields, "max_completion_tokens", violation) ?? output ?? older;
    }

    private static OpenAIError NoJson(string message) => new(StatusCodes.Status400BadRequest, JsonFields.InvalidJson, message);
}
