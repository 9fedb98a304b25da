using System.Text;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Reads and checks a request's tools and the choice among them. Flat ones, {"type":"function","name":"f"} as the Responses API has them,
/// come out nested: {"type":"function","function":{"name":"f"}}. A custom tool takes free text: nested, as chat completions have it, its calls are custom ones; flat, as Cursor
/// sends it to this door, it comes out as a function with a format, since Cursor reads every call as one of a function, with the text as its arguments.
/// </summary>
internal static class ChatToolReader
{
    private const string InvalidChoice = "invalid_tool_choice";
    private const string Custom = "custom";

    private static readonly string[] FunctionFields = ["name", "description", "parameters", "strict"];
    private static readonly string[] CustomFields = ["name", "description", "format"];

    /// <returns>The tools as a JSON array, null where there is none; and the names they have.</returns>
    /// <param name="flat">Whether the request is of the dialect that knows no nested tools, in which what is missing is named.</param>
    public static (byte[]? Tools, IReadOnlySet<string> Names) Tools(JsonFields fields, bool flat, FirstViolation violation)
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
                WriteTool(json, tool, $"tools[{index++}]", flat, names, violation);
                if (violation.Error is not null)
                    break;
            }

            json.WriteEndArray();
        });
        return (names.Count == 0 ? null : tools, names);
    }

    /// <summary>
    /// The form before tools, {"functions":[…],"function_call":"auto"}: its answers would have a shape that the contract does not know,
    /// and one that left the functions out would mislead.
    /// </summary>
    public static void RefuseOldForm(JsonFields fields, FirstViolation violation)
    {
        if (fields.Array("functions") is { } functions && functions.GetArrayLength() > 0)
            violation.Add("functions", ChatFields.Unsupported, "'functions' is the form before tools: send them as 'tools', [{\"type\":\"function\",\"function\":…}].");
        if (fields.Find("function_call") is { } call && !(call.ValueKind == JsonValueKind.String && call.GetString()!.Trim().ToLowerInvariant() is "" or "auto" or "none"))
            violation.Add("function_call", ChatFields.Unsupported, "'function_call' is the form before tools: choose by 'tool_choice'.");
    }

    /// <returns>JSON; null where nothing was chosen.</returns>
    public static byte[]? Choice(JsonFields fields, IReadOnlySet<string> names, FirstViolation violation)
    {
        switch (fields.Find("tool_choice"))
        {
            case null:
                return null;
            case { ValueKind: JsonValueKind.String } word:
                var mode = word.GetString()!.Trim().ToLowerInvariant();
                if (mode == "required" && names.Count == 0 && HasSearch(fields))
                    return "\"auto\""u8.ToArray();
                if (mode is not ("auto" or "none" or "required") || (mode == "required" && names.Count == 0))
                    return Refuse(names.Count == 0 ? "must be \"none\" or \"auto\", as there are no tools to choose from" : "must be auto, none, required or an object", violation);
                return Encoding.UTF8.GetBytes($"\"{mode}\"");
            case { ValueKind: JsonValueKind.Object } choice when IsSearch(choice) && HasSearch(fields):
                return null;
            case { ValueKind: JsonValueKind.Object } choice:
                return Named(new JsonFields(choice, "tool_choice", violation), names, violation);
            default:
                return Refuse("must be a string or an object", violation);
        }
    }

    // The upstream searches by itself where it sees fit: it cannot be made to.
    private static bool HasSearch(JsonFields fields) => fields.Array("tools") is { } tools && tools.EnumerateArray().Any(IsSearch);

    /// <summary>{"type":"web_search"}, {"type":"web_search_preview_2025_03_11"}</summary>
    private static bool IsSearch(JsonElement tool) =>
        tool.ValueKind == JsonValueKind.Object && tool.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
        && type.GetString()!.StartsWith("web_search", StringComparison.Ordinal);

    private static byte[]? Named(JsonFields choice, IReadOnlySet<string> names, FirstViolation violation)
    {
        var type = choice.Text("type");
        if (type is null or "function" or Custom)
        {
            var name = Inside(choice, violation).Text("name");
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
            var name = tool.ValueKind == JsonValueKind.Object ? Inside(new JsonFields(tool, path, violation), violation).Text("name") : null;
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

    private static void WriteTool(Utf8JsonWriter json, JsonElement tool, string path, bool flat, HashSet<string> names, FirstViolation violation)
    {
        if (tool.ValueKind != JsonValueKind.Object)
        {
            violation.Add(path, "invalid_tool_type", $"'{path}' must be an object of the type function.");
            return;
        }

        // The upstream searches by itself, so a search tool is already there.
        if (IsSearch(tool))
            return;

        var fields = new JsonFields(tool, path, violation);
        var type = fields.Text("type");
        if (type == Custom)
        {
            WriteCustom(json, fields, tool, flat, names, violation);
            return;
        }

        if (type != "function")
        {
            violation.Add(fields.PathOf("type"), "invalid_tool_type", $"'{fields.PathOf("type")}' must be function or custom.");
            return;
        }

        var function = fields.Object("function") is { } nested ? new JsonFields(nested, fields.PathOf("function"), violation)
            : new JsonFields(tool, flat || fields.Find("name") is not null ? path : fields.PathOf("function"), violation);
        TakeName(function, "missing_function_name", names, violation);
        function.Object("parameters");
        function.Text("description");
        function.Flag("strict");
        ChatJson.WriteNested(json, "function", fields.Find("function") is { ValueKind: JsonValueKind.Object } inner ? inner : tool, FunctionFields);
    }

    /// <summary>{"type":"custom","custom":{"name":"n","format":{…}}}, or flat.</summary>
    private static void WriteCustom(Utf8JsonWriter json, JsonFields tool, JsonElement element, bool flat, HashSet<string> names, FirstViolation violation)
    {
        if (!flat && tool.Find(Custom) is null && tool.Find("name") is null)
        {
            violation.Add(tool.PathOf(Custom), ChatFields.Missing, $"'{tool.PathOf(Custom)}' is required.");
            return;
        }

        var nested = tool.Object(Custom);
        var custom = nested is { } inner ? new JsonFields(inner, tool.PathOf(Custom), violation) : tool;
        TakeName(custom, ChatFields.Missing, names, violation);
        custom.Text("description");
        var format = custom.Object("format");
        if (format is { } given)
            CheckFormat(new JsonFields(given, custom.PathOf("format"), violation), violation);
        if (nested is { } whole)
            ChatJson.WriteNested(json, Custom, whole, CustomFields);
        else
            ChatJson.WriteNested(json, "function", function => WriteFlat(function, element, format is null));
    }

    private static void WriteFlat(Utf8JsonWriter function, JsonElement tool, bool lacksFormat)
    {
        ChatJson.WriteFields(function, tool, CustomFields);
        if (lacksFormat)
        {
            function.WriteStartObject("format");
            function.WriteString("type", "text");
            function.WriteEndObject();
        }
    }

    /// <summary>{"type":"text"}, {"type":"grammar","grammar":{"syntax":"lark","definition":"start: …"}}, or flat.</summary>
    private static void CheckFormat(JsonFields format, FirstViolation violation)
    {
        var type = format.Text("type");
        if (type is not (null or "text" or "grammar"))
            violation.Add(format.PathOf("type"), ChatFields.InvalidValue, $"'{format.PathOf("type")}' must be text or grammar.");
        if (type != "grammar")
            return;
        var grammar = format.Object("grammar") is { } inner ? new JsonFields(inner, format.PathOf("grammar"), violation) : format;
        grammar.Text("syntax");
        if (string.IsNullOrWhiteSpace(grammar.Text("definition")))
            violation.Add(grammar.PathOf("definition"), ChatFields.Missing, $"'{grammar.PathOf("definition")}' is required.");
    }

    private static void TakeName(JsonFields function, string missing, HashSet<string> names, FirstViolation violation)
    {
        var name = function.Text("name");
        if (string.IsNullOrWhiteSpace(name))
            violation.Add(function.PathOf("name"), missing, $"'{function.PathOf("name")}' is required.");
        else if (!names.Add(name))
            violation.Add(function.PathOf("name"), "duplicate_function_name", $"'{function.PathOf("name")}' is the name of an earlier tool.");
    }

    private static JsonFields Inside(JsonFields named, FirstViolation violation)
    {
        var kind = named.Find(Custom) is null ? "function" : Custom;
        return named.Object(kind) is { } inner ? new JsonFields(inner, named.PathOf(kind), violation) : named;
    }

    private static byte[]? Refuse(string why, FirstViolation violation)
    {
        violation.Add("tool_choice", InvalidChoice, $"'tool_choice' {why}.");
        return null;
    }
}
