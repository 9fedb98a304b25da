using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Upstream.GrokWeb.Structured;

/// <summary>The JSON types that a schema's value itself can have, as far as the schema says it plainly.</summary>
/// <param name="Names">Null: any.</param>
internal sealed record RootTypes(IReadOnlySet<string>? Names)
{
    private const int MostSteps = 16;

    public static RootTypes AnyObject { get; } = new(new HashSet<string>(["object"]));

    public static RootTypes Of(JsonElement schema) => new(Of(schema, schema, MostSteps));

    /// <param name="json">A whole JSON value.</param>
    public bool Allow(string json) => Names is null || (json.AsSpan().TrimStart() is [var first, ..] && first switch
    {
        '{' => Names.Contains("object"),
        '[' => Names.Contains("array"),
        '"' => Names.Contains("string"),
        't' or 'f' => Names.Contains("boolean"),
        'n' => Names.Contains("null"),
        _ => Names.Contains("number") || Names.Contains("integer"),
    });

    public override string ToString() => Names is null ? "value" : string.Join(" or ", Names);

    private static HashSet<string>? Of(JsonElement schema, JsonElement root, int steps)
    {
        if (schema.ValueKind != JsonValueKind.Object || steps == 0)
            return null;
        if (ToolSet.Member(schema, "type") is { } type)
            return type.ValueKind == JsonValueKind.String ? [type.GetString()!] : [.. type.EnumerateArray().Select(t => t.GetString()!)];
        if (ToolSet.Member(schema, "$ref") is { } reference)
            return SchemaShape.Target(root, reference.GetString()!) is { } target ? Of(target, root, steps - 1) : null;
        if ((ToolSet.Member(schema, "anyOf") ?? ToolSet.Member(schema, "oneOf")) is { } branches)
            return Union(branches, root, steps);
        return null;
    }

    private static HashSet<string>? Union(JsonElement branches, JsonElement root, int steps)
    {
        HashSet<string> all = [];
        foreach (var branch in branches.EnumerateArray().Take(steps))
        {
            if (Of(branch, root, steps / 2) is not { } types)
                return null;
            all.UnionWith(types);
        }
        return branches.GetArrayLength() > steps ? null : all;
    }
}
