using System.Text;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>The JSON that a request wants its answer to be: any object, or what a schema describes.</summary>
internal sealed class OutputFormat
{
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    private readonly SchemaCheck? _check;

    private readonly RootTypes _types;

    private OutputFormat(string? schema, string name, SchemaCheck? check, RootTypes types) => (Schema, Name, _check, _types) = (schema, name, check, types);

    /// <summary>The schema's text; null where any object will do.</summary>
    public string? Schema { get; }

    /// <summary>The client's name for the schema; may be empty.</summary>
    public string Name { get; }

    /// <summary>The format of a call; null: plain text.</summary>
    public static OutputFormat? Of(ChatCall call)
    {
        if (call.ResponseFormat.IsEmpty)
            return null;
        using var document = JsonDocument.Parse(call.ResponseFormat.Memory, Deep);
        if (SchemaOf(document.RootElement, out var name) is { } schema)
            return new(schema.GetRawText(), name, SchemaCheck.Of(schema), RootTypes.Of(schema));
        return IsOfType(document.RootElement, "json_object") ? new(null, "", null, RootTypes.AnyObject) : null;
    }

    /// <summary>What is wrong with the schema of a call, said before anything is sent; null: nothing.</summary>
    public static Failed? Objection(ChatCall call)
    {
        if (call.ResponseFormat.IsEmpty)
            return null;
        using var document = JsonDocument.Parse(call.ResponseFormat.Memory, Deep);
        var format = document.RootElement;
        if (SchemaOf(format, out var name) is not { } schema)
            return IsOfType(format, "text") || IsOfType(format, "json_object") ? null : ChatFailures.UnsupportedParameter("response_format", "This response format");
        if (SchemaShape.Problem(schema) is not { } problem)
            return null;
        return new Failed
        {
            Kind = Failed.Types.Kind.InvalidRequest,
            HttpStatus = 400,
            Code = "invalid_schema",
            Param = "response_format.json_schema.schema" + problem.Path,
            Message = $"The schema '{name}' of the response format is not valid: {problem.What}",
        };
    }

    /// <summary>Whether the value is what was asked for; the objection is in words for the model. What no checker can tell must at least be of the right type.</summary>
    public SchemaVerdict Judge(string json)
    {
        if (_check?.Judge(Encoding.UTF8.GetBytes(json)) is { IsChecked: true } verdict)
            return verdict;
        if (!_types.Allow(json))
            return new(true, $"It must be one JSON {_types}.");
        return new(IsChecked: Schema is null, null);
    }

    private static bool IsOfType(JsonElement format, string type) =>
        format.TryGetProperty("type", out var given) && given.ValueKind == JsonValueKind.String && given.ValueEquals(type);

    private static JsonElement? SchemaOf(JsonElement format, out string name)
    {
        name = "";
        if (!format.TryGetProperty("json_schema", out var wrapper) || wrapper.ValueKind != JsonValueKind.Object)
            return null;
        if (wrapper.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String)
            name = given.GetString()!;
        return wrapper.TryGetProperty("schema", out var schema) && schema.ValueKind != JsonValueKind.Null ? schema : null;
    }
}
