using System.Text;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Reads and checks a request's tools and the choice among them. Flat ones, {"type":"function","name":"f"} as the Responses API has them,
/// come out nested: {"type":"function","function":{"name":"f"}}.
/// </summary>
internal static class ChatToolReader
{
    private const string InvalidChoice = "invalid_tool_choice";
    private const string Custom = "custom";

    private static readonly string[] FunctionFields = ["name", "description", "parameters", "strict"];

    /// <returns>The tools as a JSON array, null where there is none; and the names they have.</returns>
    public static (byte[]? Tools, IReadOnlySet<string> Names) Tools(JsonFields fields, FirstViolation violation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (fields.Array("tools") is not { } array)
            return (null, names);
        var tools = ChatJson.Written(json =>
        {
            json.WriteStartArray();
            var index = 0;
            foreach (var tool in array.EnumerateArray())
            {
                WriteTool(json, tool, $"tools[{index++}]", names, violation);
                if (violation.Error is not null)
                    break;
            }

            json.WriteEndArray();
        });
        return (names.Count == 0 ? null : tools, names);
    }

    /// <summary>The arguments of a call to a tool that takes free text.</summary>
    public static string FreeText(string input) => Encoding.UTF8.GetString(ChatJson.Written(json =>
    {
        json.WriteStartObject();
        json.WriteString("input", input);
        json.WriteEndObject();
    }));

    /// <returns>JSON; null where nothing was chosen.</returns>
    public static byte[]? Choice(JsonFields fields, IReadOnlySet<string> names, FirstViolation violation)
    {
        switch (fields.Find("tool_choice"))
        {
            case null:
                return null;
            case { ValueKind: JsonValueKind.String } word:
                var mode = word.GetString()!.Trim().ToLowerInvariant();
                if (mode is not ("auto" or "none" or "required") || (mode == "required" && names.Count == 0))
                    return Refuse(names.Count == 0 ? "must be \"none\" or \"auto\", as there are no tools to choose from" : "must be auto, none, required or an object", violation);
                return Encoding.UTF8.GetBytes($"\"{mode}\"");
            case { ValueKind: JsonValueKind.Object } choice:
                return Named(new JsonFields(choice, "tool_choice", violation), names, violation);
            default:
                return Refuse("must be a string or an object", violation);
        }
    }

    private static byte[]? Named(JsonFields choice, IReadOnlySet<string> names, FirstViolation violation)
    {
        var type = choice.Text("type");
        if (type is null or "function" or Custom)
        {
            var name = (choice.Object("function") is { } function ? new JsonFields(function, choice.PathOf("function"), violation) : choice).Text("name");
            if (name is null || !names.Contains(name))
                return Refuse("must name one of the tools", violation);
            return ChatJson.Written(json => ChatJson.WriteFunctionName(json, name));
        }

        if (type != "allowed_tools")
            return Refuse("must have the type function or allowed_tools", violation);
        var inside = choice.Object(type) is { } nested ? new JsonFields(nested, choice.PathOf(type), violation) : choice;
        if (inside.Text("mode") is not ("auto" or "required" or null) || inside.Array("tools") is not { } tools || tools.GetArrayLength() == 0)
            return Refuse("needs 'tools' and the mode auto or required", violation);
        return ChatJson.Written(json => WriteAllowed(json, inside, tools, names, violation));
    }

    private static void WriteAllowed(Utf8JsonWriter json, JsonFields allowed, JsonElement tools, IReadOnlySet<string> names, FirstViolation violation)
    {
        json.WriteStartObject();
        json.WriteString("type", "allowed_tools");
        json.WriteStartObject("allowed_tools");
        json.WriteString("mode", allowed.Text("mode") ?? "auto");
        json.WriteStartArray("tools");
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var path = $"{allowed.PathOf("tools")}[{index++}]";
            var name = tool.ValueKind == JsonValueKind.Object ? Nested(new JsonFields(tool, path, violation), tool, "function", violation).Text("name") : null;
            if (name is null || !names.Contains(name))
                violation.Add(path, InvalidChoice, $"'{path}' must name one of the tools.");
            else
                ChatJson.WriteFunctionName(json, name);
            if (violation.Error is not null)
                break;
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTool(Utf8JsonWriter json, JsonElement tool, string path, HashSet<string> names, FirstViolation violation)
    {
        if (tool.ValueKind != JsonValueKind.Object)
        {
            violation.Add(path, "invalid_tool_type", $"'{path}' must be an object of the type function.");
            return;
        }

        var fields = new JsonFields(tool, path, violation);
        var type = fields.Text("type");

        // The upstream searches by itself, so a search tool is already there.
        if (type?.StartsWith("web_search", StringComparison.Ordinal) is true)
            return;
        if (type == Custom && fields.Find(Custom) is null && fields.Find("name") is not null)
        {
            WriteCustom(json, fields, names, violation);
            return;
        }

        if (type != "function")
        {
            violation.Add(fields.PathOf("type"), "invalid_tool_type", $"'{fields.PathOf("type")}' must be function.");
            return;
        }

        var function = Nested(fields, tool, "function", violation);
        TakeName(function, names, violation);
        function.Object("parameters");
        function.Text("description");
        function.Flag("strict");
        ChatJson.WriteNested(json, "function", fields.Find("function") is { ValueKind: JsonValueKind.Object } inner ? inner : tool, FunctionFields);
    }

    /// <summary>A tool that takes free text, as Cursor's ApplyPatch, becomes a function of one text.</summary>
    private static void WriteCustom(Utf8JsonWriter json, JsonFields tool, HashSet<string> names, FirstViolation violation)
    {
        var name = TakeName(tool, names, violation);
        var description = tool.Text("description") ?? "";
        if (tool.Object("format") is { } format && new JsonFields(format, tool.PathOf("format"), violation).Text("definition") is { Length: > 0 } grammar)
            description += $"\n\nThe input must follow this grammar:\n{grammar}";
        ChatJson.WriteNested(json, "function", function =>
        {
            function.WriteString("name", name);
            function.WriteString("description", description);
            function.WritePropertyName("parameters");
            function.WriteRawValue("""{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}""");
        });
    }

    private static string? TakeName(JsonFields function, HashSet<string> names, FirstViolation violation)
    {
        var name = function.Text("name");
        if (string.IsNullOrWhiteSpace(name))
            violation.Add(function.PathOf("name"), "missing_function_name", $"'{function.PathOf("name")}' is required.");
        else if (!names.Add(name))
            violation.Add(function.PathOf("name"), "duplicate_function_name", $"'{function.PathOf("name")}' is the name of an earlier tool.");
        return name;
    }

    /// <summary>The inside of a nested object, or the object itself where it is flat.</summary>
    private static JsonFields Nested(JsonFields fields, JsonElement element, string name, FirstViolation violation) =>
        fields.Object(name) is { } inner ? new JsonFields(inner, fields.PathOf(name), violation)
        : new JsonFields(element, fields.Find("name") is null ? fields.PathOf(name) : fields.PathOf(name)[..^(name.Length + 1)], violation);

    private static byte[]? Refuse(string why, FirstViolation violation)
    {
        violation.Add("tool_choice", InvalidChoice, $"'tool_choice' {why}.");
        return null;
    }
}
