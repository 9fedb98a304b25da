using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// Reads what form the answer shall have: text, any JSON object, or JSON that a schema describes. {"type":"json_schema","json_schema":{"name":"n","schema":{…}}};
/// the Responses API has the same without the inner object.
/// </summary>
internal static class ChatFormatReader
{
    private const string Wrapper = "json_schema";

    private static readonly string[] SchemaFields = ["name", "description", "schema", "strict"];

    /// <returns>Null: plain text.</returns>
    public static AskedFormat? Read(JsonFields fields, string name, FirstViolation violation)
    {
        if (fields.Object(name) is not { } element)
            return null;
        var format = new JsonFields(element, fields.PathOf(name), violation);
        switch (format.Text("type"))
        {
            case null or "text":
                return null;
            case "json_object":
                return new("""{"type":"json_object"}"""u8.ToArray(), fields.PathOf(name), "");
            case "json_schema":
                return Schema(format, element, fields.PathOf(name), violation);
            default:
                violation.Add(format.PathOf("type"), ChatFields.InvalidValue, $"'{format.PathOf("type")}' must be one of text, json_object, json_schema.");
                return null;
        }
    }

    private static AskedFormat? Schema(JsonFields format, JsonElement element, string path, FirstViolation violation)
    {
        var isFlat = format.Find(Wrapper) is null && (format.Find("schema") is not null || path == ResponsesInput.FormatPath);
        var inner = isFlat ? element : format.Object(Wrapper);
        if (inner is null)
        {
            violation.Add(format.PathOf(Wrapper), ChatFields.Missing, $"'{format.PathOf(Wrapper)}' is required where the type is json_schema.");
            return null;
        }

        var members = isFlat ? format : new JsonFields(inner.Value, format.PathOf(Wrapper), violation);
        if (members.Find("schema") is not { } schema)
            violation.Add(members.PathOf("schema"), ChatFields.Missing, $"'{members.PathOf("schema")}' is required where the type is json_schema.");
        else if (schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True))
            violation.Add(members.PathOf("schema"), JsonFields.InvalidJson, $"'{members.PathOf("schema")}' must be a JSON Schema.");
        members.Text("name");
        members.Text("description");
        members.Flag("strict");
        return new(ChatJson.Written(json => ChatJson.WriteNested(json, Wrapper, inner.Value, SchemaFields)), path, members.PathOf("schema"));
    }
}

/// <summary>The form that a request wants its answer to have.</summary>
/// <param name="Json">Of the type json_object or json_schema, with its inner object.</param>
/// <param name="Path">Where the client put it.</param>
/// <param name="SchemaPath">Where the client put its schema; empty: there is none.</param>
internal sealed record AskedFormat(byte[] Json, string Path, string SchemaPath);
