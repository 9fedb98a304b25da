using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads what one message says and shows: a string, an array of parts, or one part. Clients of the Responses API name the parts input_text, output_text, input_image.</summary>
internal readonly struct ChatContentReader(string role, JsonFields message, string name, FirstViolation violation)
{
    private const string EmptyText = "empty_text";
    private const string TextRule = "must be a text that is not blank";

    private readonly string _path = message.PathOf(name);

    /// <summary>Whether an assistant said something else instead.</summary>
    public bool MayBeAbsent { get; init; }

    // Clients send the instructions they have not got, and the answer that was given up before its first word.
    private bool MayBeBlank => role is not "user";

    public IReadOnlyList<ChatPart> Read()
    {
        var content = message.Find(name);
        if (role == "tool")
            return Result(content);
        return content switch
        {
            null => Absent(),
            { ValueKind: JsonValueKind.String } text => Plain(text.GetString()!),
            { ValueKind: JsonValueKind.Array } parts => Parts(parts),
            { ValueKind: JsonValueKind.Object } single => Single(single),
            _ => RefuseAll("invalid_content", "must be a string or an array of parts"),
        };
    }

    private static bool IsText(string type) => type is "text" or "input_text" or "output_text";

    // What the model thought is no part of the conversation that it is shown.
    private static bool IsThought(string type) => type is "reasoning" or "reasoning_text" or "thinking" or "redacted_thinking" or "summary_text";

    private static string TypeOf(JsonElement part) =>
        part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString()! : "";

    /// <summary>A tool may answer anything: what is no text or picture is told as the JSON it is.</summary>
    private IReadOnlyList<ChatPart> Result(JsonElement? content) => content switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } text => Plain(text.GetString()!),
        { ValueKind: JsonValueKind.Array } parts when parts.EnumerateArray().All(IsPart) => Parts(parts),
        { ValueKind: JsonValueKind.Object } single when IsPart(single) => PartOf(single, _path) is { } part ? [part] : [],
        { } json => [new ChatPart(json.GetRawText())],
    };

    private static bool IsPart(JsonElement part)
    {
        var type = TypeOf(part);
        return IsText(type)
            ? part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
            : ChatAttachmentReader.IsGiven(type, part);
    }

    private IReadOnlyList<ChatPart> Absent()
    {
        if (role == "assistant" && message.Find("refusal") is { ValueKind: JsonValueKind.String } refusal)
            return Plain(refusal.GetString()!);
        return MayBeAbsent || role is "system" or "developer" || message.Find("reasoning_content") is not null
            ? []
            : RefuseAll("empty_content", "must not be empty");
    }

    private IReadOnlyList<ChatPart> Plain(string text) =>
        !string.IsNullOrWhiteSpace(text) ? [new ChatPart(text)] : MayBeBlank ? [] : RefuseAll("empty_content", "must not be empty");

    private IReadOnlyList<ChatPart> Parts(JsonElement parts)
    {
        if (parts.GetArrayLength() == 0)
            return Plain("");
        var read = new List<ChatPart>(parts.GetArrayLength());
        var index = 0;
        foreach (var part in parts.EnumerateArray())
        {
            if (PartOf(part, $"{_path}[{index++}]") is { } one)
                read.Add(one);
            if (violation.Error is not null)
                return [];
        }

        // Clients put an empty text beside a picture; only where there is nothing else it is a mistake.
        return MayBeBlank || read.Exists(p => p.Attachment is not null || !string.IsNullOrWhiteSpace(p.Text))
            ? read
            : RefuseBlank();
    }

    private IReadOnlyList<ChatPart> RefuseBlank()
    {
        Refuse($"{_path}[0].text", EmptyText, TextRule);
        return [];
    }

    private IReadOnlyList<ChatPart> Single(JsonElement part) =>
        IsText(TypeOf(part))
            ? Plain(new JsonFields(part, _path, violation).Text("text") ?? "")
            : RefuseAll("invalid_content_type", "as one object must have the type text");

    private ChatPart? PartOf(JsonElement part, string path)
    {
        if (part.ValueKind != JsonValueKind.Object)
            return Refuse(path, "invalid_block", "must be an object");
        var fields = new JsonFields(part, path, violation);
        if (!part.EnumerateObject().MoveNext())
            return Refuse(path, "empty_block", "must not be empty");
        if (fields.Find("type") is null)
            return Refuse(path, "missing_type", "needs a 'type'");
        var type = TypeOf(part);
        if (string.IsNullOrWhiteSpace(type))
            return Refuse(fields.PathOf("type"), "empty_type", "must be a string that is not blank");
        if (IsText(type))
            return TextPart(fields, "text");
        if (role == "assistant")
            return type == "refusal" ? TextPart(fields, type) : IsThought(type) ? null : Refuse(path, "invalid_type", "must have the type text");
        return role is "user" or "tool" && ChatAttachmentReader.Knows(type)
            ? ChatAttachmentReader.Read(type, fields, violation) is { } attachment ? new ChatPart("", attachment) : null
            : Refuse(path, "invalid_type", role == "user" ? "must have the type text, image_url, input_audio or file" : "must have the type text");
    }

    private ChatPart? TextPart(JsonFields fields, string field)
    {
        var text = fields.Find(field) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        if (text is null)
            return Refuse(fields.PathOf(field), EmptyText, TextRule);
        return text.Length == 0 ? null : new ChatPart(text);
    }

    private ChatPart? Refuse(string path, string code, string rule)
    {
        violation.Add(path, code, $"'{path}' {rule}.");
        return null;
    }

    private IReadOnlyList<ChatPart> RefuseAll(string code, string rule)
    {
        Refuse(_path, code, rule);
        return [];
    }
}
