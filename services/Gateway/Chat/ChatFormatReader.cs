using System.Text;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Reads response_format: text, any JSON object, or JSON that a schema describes.</summary>
internal static class ChatFormatReader
{
    private const string Name = "response_format";

    /// <returns>The client's JSON; null: plain text.</returns>
    public static byte[]? Read(JsonFields fields, FirstViolation violation)
    {
        if (fields.Object(Name) is not { } format)
            return null;
        var members = new JsonFields(format, Name, violation);
        switch (members.Text("type"))
        {
            case "text":
                return null;
            case "json_object":
                return Encoding.UTF8.GetBytes(format.GetRawText());
            case "json_schema":
                CheckSchema(members, violation);
                return Encoding.UTF8.GetBytes(format.GetRawText());
            default:
                violation.Add($"{Name}.type", "invalid_value", $"'{Name}.type' must be one of text, json_object, json_schema.");
                return null;
        }
    }

    private static void CheckSchema(JsonFields format, FirstViolation violation)
    {
        if (format.Object("json_schema") is not { } wrapper)
            violation.Add($"{Name}.json_schema", "missing_json_schema", $"'{Name}.json_schema' is required where the type is json_schema.");
        else if (!wrapper.TryGetProperty("schema", out var schema) || schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True))
            violation.Add($"{Name}.json_schema.schema", "missing_json_schema", $"'{Name}.json_schema.schema' must be a JSON Schema.");
    }
}
