using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>What is wrong with a schema, and where: "properties.days.type".</summary>
internal readonly record struct SchemaProblem(string Path, string What)
{
    public SchemaProblem At(string place) => this with { Path = place + Path };
}

/// <summary>Looks whether a client's JSON Schema is one: a mistake in it is told before a model is asked.</summary>
internal static class SchemaShape
{
    private static readonly HashSet<string> Types = new(StringComparer.Ordinal) { "object", "array", "string", "number", "integer", "boolean", "null" };

    // Each reference is looked up by walking the schema, so that of a hundred thousand not all can be.
    private const int MostReferences = 1000;
    private const int MostNameCharacters = 100;

    /// <returns>The first problem, its path with a leading dot; null: none.</returns>
    public static SchemaProblem? Problem(JsonElement schema) => Problem(schema, schema, []);

    /// <returns>The problem by its path from here on: it is put together on the way back, as most schemas have none.</returns>
    private static SchemaProblem? Problem(JsonElement schema, JsonElement root, HashSet<string> references)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return null;
        if (schema.ValueKind != JsonValueKind.Object)
            return new("", "a schema must be an object.");
        foreach (var member in schema.EnumerateObject())
        {
            // A null keyword is what some clients write for one that is not there.
            if (member.Value.ValueKind != JsonValueKind.Null && InKeyword(member, root, references) is { } problem)
                return problem.At(Name(member));
        }
        return null;
    }

    private static SchemaProblem? InKeyword(JsonProperty keyword, JsonElement root, HashSet<string> references)
    {
        var value = keyword.Value;
        switch (keyword.Name)
        {
            case "type":
                return IsType(value) ? null : new("", "'type' must be one of object, array, string, number, integer, boolean, null, or a list of them.");
            case "properties" or "patternProperties" or "$defs" or "definitions":
                return InMap(value, root, references);
            case "items" or "additionalProperties" or "not" or "contains" or "propertyNames" or "if" or "then" or "else":
                return value.ValueKind == JsonValueKind.Array && keyword.NameEquals("items") ? InList(value, root, references) : Problem(value, root, references);
            case "anyOf" or "oneOf" or "allOf" or "prefixItems":
                return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? InList(value, root, references) : new("", $"'{keyword.Name}' must be a list of schemas.");
            case "required":
                return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String) ? null : new("", "'required' must be a list of names.");
            case "enum":
                return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? null : new("", "'enum' must be a list of at least one value.");
            case "$ref":
                return value.ValueKind == JsonValueKind.String && IsKnown(root, value.GetString()!, references) ? null : new("", "'$ref' must lead to a place in this schema, such as #/$defs/name.");
            default:
                return null;
        }
    }

    private static SchemaProblem? InMap(JsonElement map, JsonElement root, HashSet<string> references)
    {
        if (map.ValueKind != JsonValueKind.Object)
            return new("", "this must be an object of schemas by name.");
        foreach (var member in map.EnumerateObject())
        {
            if (Problem(member.Value, root, references) is { } problem)
                return problem.At(Name(member));
        }
        return null;
    }

    private static SchemaProblem? InList(JsonElement list, JsonElement root, HashSet<string> references)
    {
        var at = 0;
        foreach (var item in list.EnumerateArray())
        {
            if (Problem(item, root, references) is { } problem)
                return problem.At($"[{at}]");
            at++;
        }
        return null;
    }

    private static string Name(JsonProperty member) => "." + (member.Name.Length <= MostNameCharacters ? member.Name : member.Name[..MostNameCharacters] + "…");

    private static bool IsKnown(JsonElement root, string reference, HashSet<string> references) =>
        references.Count >= MostReferences || !references.Add(reference) || Leads(root, reference);

    private static bool IsType(JsonElement type) => type.ValueKind switch
    {
        JsonValueKind.String => Types.Contains(type.GetString()!),
        JsonValueKind.Array => type.GetArrayLength() > 0 && type.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String && Types.Contains(t.GetString()!)),
        _ => false,
    };

    private static bool Leads(JsonElement root, string reference) => Target(root, reference) is not null;

    /// <summary>The place in a schema that a reference such as #/$defs/name leads to; null: none.</summary>
    public static JsonElement? Target(JsonElement root, string reference)
    {
        if (!reference.StartsWith('#'))
            return null;
        var at = root;
        foreach (var encoded in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(encoded).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (at.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index >= 0 && index < at.GetArrayLength())
                at = at[index];
            else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
                return null;
        }
        return at;
    }
}
