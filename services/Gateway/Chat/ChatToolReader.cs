using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Reads and checks a request's tools, the choice among them and the form of the answer. Flat ones, {"type":"function","name":"f"} as the Responses API has them,
/// come out nested: {"type":"function","function":{"name":"f"}}.
/// </summary>
internal static class ChatToolReader
{
    private const string InvalidChoice = "invalid_tool_choice";

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] FunctionFields = ["name", "description", "parameters", "strict"];
    private static readonly string[] SchemaFields = ["name", "description", "schema", "strict"];

    /// <returns>The tools as a JSON array, null where there is none; and the names they have.</returns>
    public static (byte[]? Tools, IReadOnlySet<string> Names) Tools(JsonFields fields, FirstViolation violation)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (fields.Array("tools") is not { } array)
            return (null, names);
        var tools = Written(json =>
        {
            json.WriteStartArray();
            var index = 0;
            foreach (var tool in array.EnumerateArray())
                WriteTool(json, tool, $"tools[{index++}]", names, violation);
            json.WriteEndArray();
        });
        return (names.Count == 0 ? null : tools, names);
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
                if (mode is not ("auto" or "none" or "required") || (mode == "required" && names.Count == 0))
                    return Refuse(names.Count == 0 ? "must be \"none\" or \"auto\", as there are no tools to choose from" : "must be auto, none, required or an object", violation);
                return Encoding.UTF8.GetBytes($"\"{mode}\"");
            case { ValueKind: JsonValueKind.Object } choice:
                return Choice(new JsonFields(choice, "tool_choice", violation), choice, names, violation);
            default:
                return Refuse("must be a string or an object", violation);
        }
    }

    /// <returns>JSON of the type json_object or json_schema; null for plain text.</returns>
    public static byte[]? Format(JsonFields fields, string name, FirstViolation violation)
    {
        if (fields.Object(name) is not { } element)
            return null;
        var format = new JsonFields(element, fields.PathOf(name), violation);
        switch (format.Text("type"))
        {
            case "text":
                return null;
            case "json_object":
                return """{"type":"json_object"}"""u8.ToArray();
            case "json_schema":
                var inner = format.Find("schema") is null ? format.Object("json_schema") : element;
                if (inner is null || inner.Value.TryGetProperty("schema", out var schema) && schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null))
                    violation.Add(format.PathOf("json_schema"), "invalid_value", $"'{format.PathOf("json_schema")}' must be an object with a 'schema'.");
                return inner is null ? null : Written(json => WriteNested(json, "json_schema", inner.Value, SchemaFields));
            default:
                violation.Add(format.PathOf("type"), "invalid_value", $"'{format.PathOf("type")}' must be one of text, json_object, json_schema.");
                return null;
        }
    }

    private static byte[]? Choice(JsonFields choice, JsonElement element, IReadOnlySet<string> names, FirstViolation violation)
    {
        var type = choice.Text("type");
        if (type == "function")
        {
            var name = (choice.Object("function") is { } function ? new JsonFields(function, choice.PathOf("function"), violation) : choice).Text("name");
            if (name is null || !names.Contains(name))
                return Refuse("must name one of the tools", violation);
            return Written(json => WriteNested(json, "function", function: writer => writer.WriteString("name", name)));
        }

        if (type != "allowed_tools")
            return Refuse("must have the type function or allowed_tools", violation);
        var allowed = choice.Object("allowed_tools") ?? element;
        var inside = new JsonFields(allowed, choice.PathOf("allowed_tools"), violation);
        if (inside.Text("mode") is not ("auto" or "required" or null) || inside.Array("tools") is not { } tools || tools.GetArrayLength() == 0)
            return Refuse("needs 'tools' and the mode auto or required", violation);
        return Written(json => WriteAllowed(json, inside.Text("mode") ?? "auto", tools, names, violation));
    }

    private static void WriteAllowed(Utf8JsonWriter json, string mode, JsonElement tools, IReadOnlySet<string> names, FirstViolation violation)
    {
        json.WriteStartObject();
        json.WriteString("type", "allowed_tools");
        json.WriteStartObject("allowed_tools");
        json.WriteString("mode", mode);
        json.WriteStartArray("tools");
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            var path = $"tool_choice.allowed_tools.tools[{index++}]";
            var name = tool.ValueKind == JsonValueKind.Object ? Nested(new JsonFields(tool, path, violation), tool, "function", violation).Text("name") : null;
            if (name is null || !names.Contains(name))
                violation.Add(path, InvalidChoice, $"'{path}' must name one of the tools.");
            else
                WriteNested(json, "function", function: writer => writer.WriteString("name", name));
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
        if (type != "function")
        {
            violation.Add(fields.PathOf("type"), "invalid_tool_type", $"'{fields.PathOf("type")}' must be function.");
            return;
        }

        var function = Nested(fields, tool, "function", violation);
        var name = function.Text("name");
        if (string.IsNullOrWhiteSpace(name))
            violation.Add(function.PathOf("name"), "missing_function_name", $"'{function.PathOf("name")}' is required.");
        else if (!names.Add(name))
            violation.Add(function.PathOf("name"), "duplicate_function_name", $"'{function.PathOf("name")}' is the name of an earlier tool.");
        function.Object("parameters");
        function.Text("description");
        WriteNested(json, "function", fields.Find("function") is { ValueKind: JsonValueKind.Object } inner ? inner : tool, FunctionFields);
    }

    /// <summary>The inside of a nested object, or the object itself where it is flat.</summary>
    private static JsonFields Nested(JsonFields fields, JsonElement element, string name, FirstViolation violation) =>
        fields.Object(name) is { } inner ? new JsonFields(inner, fields.PathOf(name), violation)
        : new JsonFields(element, fields.Find("name") is null ? fields.PathOf(name) : fields.PathOf(name)[..^(name.Length + 1)], violation);

    private static void WriteNested(Utf8JsonWriter json, string type, JsonElement element, string[] names) => WriteNested(json, type, writer =>
    {
        foreach (var name in names)
        {
            if (element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
        }
    });

    private static void WriteNested(Utf8JsonWriter json, string type, Action<Utf8JsonWriter> function)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteStartObject(type);
        function(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static byte[] Written(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, Json))
            write(json);
        return output.WrittenSpan.ToArray();
    }

    private static byte[]? Refuse(string why, FirstViolation violation)
    {
        violation.Add("tool_choice", InvalidChoice, $"'tool_choice' {why}.");
        return null;
    }
}
