using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>What came of checking one call's arguments.</summary>
/// <param name="Mended">Null: they stay as they are.</param>
/// <param name="Note">What does not fit; null: they fit.</param>
internal readonly record struct ArgumentCheck(byte[]? Mended, string? Note);

/// <summary>Checks a call's arguments against the schema of its tool, and mends once what is only in the wrong type: "3" for 3, one value for a list of one.</summary>
internal static class ArgumentSchema
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 600 };
    private const int MostDepth = 8;
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 600 };

    public static ArgumentCheck Check(DeclaredTool tool, ReadOnlySpan<byte> arguments, bool mayMend)
    {
        if (tool.Check is not { } check || check.Judge(arguments).Objection is not { } objection)
            return default;
        if (mayMend && Mended(arguments.ToArray(), tool.Schema!.Value) is { } text && Encoding.UTF8.GetBytes(text) is var mended && check.Judge(mended).Objection is null)
            return new(mended, null);
        return new(null, $"The arguments of {tool.Name} do not fit its schema: {objection}");
    }

    private static string? Mended(byte[] arguments, JsonElement schema)
    {
        try
        {
            return Fit(JsonNode.Parse(arguments, documentOptions: Deep), schema)?.ToJsonString(Plain);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair, or a name twice: such arguments are left as they are.
            return null;
        }
    }

    private static JsonNode? Fit(JsonNode? value, JsonElement schema)
    {
        var types = TypesOf(schema);
        return value switch
        {
            JsonObject members when types.Count == 0 || types.Contains("object") => FitMembers(members, schema),
            JsonArray items when types.Count == 0 || types.Contains("array") => FitItems(items, schema),
            JsonValue single => FitSingle(single, types),
            _ => value?.DeepClone(),
        };
    }

    private static JsonObject FitMembers(JsonObject members, JsonElement schema)
    {
        var fitted = new JsonObject();
        foreach (var (name, value) in members)
            fitted[name] = ToolSet.Member(schema, "properties") is { } properties && ToolSet.Member(properties, name) is { } property ? Fit(value, property) : value?.DeepClone();
        return fitted;
    }

    private static JsonArray FitItems(JsonArray items, JsonElement schema) =>
        new([.. items.Select(item => ToolSet.Member(schema, "items") is { } itemSchema ? Fit(item, itemSchema) : item?.DeepClone())]);

    private static JsonNode? FitSingle(JsonValue value, List<string> types)
    {
        var kind = value.GetValueKind();
        var text = kind == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (types.Count == 0 || Fits(kind, types))
            return value.DeepClone();
        if (types.Contains("string") && kind != JsonValueKind.String)
            return text;
        if (types.Contains("integer") && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return whole;
        if (types.Contains("number") && StrictJson.IsScalar(Encoding.UTF8.GetBytes(text)) && text is not ("true" or "false" or "null"))
            return JsonNode.Parse(text);
        if (types.Contains("boolean") && bool.TryParse(text, out var flag))
            return flag;
        if (types.Contains("null") && text is "null" or "None")
            return null;
        if ((types.Contains("object") && text.TrimStart().StartsWith('{')) || (types.Contains("array") && text.TrimStart().StartsWith('[')))
            return JsonNode.Parse(text, documentOptions: Deep);
        return types.Contains("array") ? new JsonArray(value.DeepClone()) : value.DeepClone();
    }

    private static bool Fits(JsonValueKind kind, List<string> types) => kind switch
    {
        JsonValueKind.String => types.Contains("string"),
        JsonValueKind.Number => types.Contains("number") || types.Contains("integer"),
        JsonValueKind.True or JsonValueKind.False => types.Contains("boolean"),
        _ => types.Contains("null"),
    };

    /// <summary>The types a value may have, those of alternatives included; empty: they are not all named.</summary>
    public static List<string> TypesOf(JsonElement schema, int depth = 0) => ToolSet.Member(schema, "type") switch
    {
        { ValueKind: JsonValueKind.String } one => [one.GetString()!],
        { ValueKind: JsonValueKind.Array } several => [.. several.EnumerateArray().Select(ToolSet.TextOf).OfType<string>()],
        _ => (ToolSet.Member(schema, "anyOf") ?? ToolSet.Member(schema, "oneOf")) is { ValueKind: JsonValueKind.Array } alternatives && depth < MostDepth
            ? OfAll([.. alternatives.EnumerateArray().Select(a => TypesOf(a, depth + 1))])
            : [],
    };

    private static List<string> OfAll(List<List<string>> types) => types.Exists(t => t.Count == 0) ? [] : [.. types.SelectMany(t => t).Distinct()];
}
