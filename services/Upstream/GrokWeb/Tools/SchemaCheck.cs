using System.Text.Json;
using System.Text.Json.Nodes;
using NJsonSchema;
using NJsonSchema.Validation;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>What is known of a value.</summary>
/// <param name="IsChecked">False: it cannot be said whether it fits.</param>
/// <param name="Objection">What does not fit: "#/days: IntegerExpected"; null: nothing.</param>
internal readonly record struct SchemaVerdict(bool IsChecked, string? Objection);

/// <summary>A client's JSON Schema, ready to check values. Never fetches what the schema refers to.</summary>
internal sealed class SchemaCheck
{
    private readonly JsonSchema _schema;
    private readonly SchemaCost _cost;
    private readonly JsonSchemaValidatorSettings _settings;

    private SchemaCheck(JsonSchema schema, SchemaCost cost, JsonSchemaValidatorSettings settings) => (_schema, _cost, _settings) = (schema, cost, settings);

    /// <returns>Null: the schema cannot be checked.</returns>
    public static SchemaCheck? Of(JsonElement schema)
    {
        var cost = new SchemaCost(schema);
        if (!cost.IsBounded)
            return null;
        try
        {
            var patterns = new TextPatterns();
            var reading = JsonSchema.FromJsonAsync(new Rewriting(patterns).Plain(schema).ToJsonString(), "schema.json", s => new NoFetching(new JsonSchemaAppender(s, new DefaultTypeNameGenerator())), CancellationToken.None);
            return reading.IsCompletedSuccessfully ? new SchemaCheck(reading.Result, cost, patterns.ToSettings()) : null;
        }
        // Whatever a client's schema does to the library, it must not cost the answer.
        catch (Exception)
        {
            return null;
        }
    }

    public SchemaVerdict Judge(ReadOnlySpan<byte> json)
    {
        if (!_cost.Allows(json))
            return default;
        try
        {
            var errors = _schema.Validate(JsonTokens.Read(json), _settings);
            return new(true, errors.Count == 0 ? null : string.Join(", ", errors.Take(3).Select(e => $"{e.Path}: {e.Kind}")));
        }
        catch (Exception)
        {
            return default;
        }
    }

    /// <summary>Says a schema in the words that the library knows: boolean schemas, const, $defs and patterns are rewritten, null keywords left out.</summary>
    private sealed class Rewriting(TextPatterns patterns)
    {
        public JsonObject Plain(JsonElement schema) => schema.ValueKind switch
        {
            JsonValueKind.True => new JsonObject(),
            JsonValueKind.False => new JsonObject { ["not"] = new JsonObject() },
            JsonValueKind.Object => PlainObject(schema),
            _ => new JsonObject(),
        };

        private JsonObject PlainObject(JsonElement schema)
        {
            var plain = new JsonObject();
            var formats = new List<string?>();
            JsonArray? tuple = null;
            foreach (var member in schema.EnumerateObject().Where(m => m.Value.ValueKind != JsonValueKind.Null))
            {
                switch (member.Name)
                {
                    case "pattern" when member.Value.ValueKind == JsonValueKind.String:
                        formats.Add(patterns.FormatOf(member.Value.GetString()!));
                        break;
                    case "format" when member.Value.ValueKind == JsonValueKind.String:
                        formats.Add(patterns.KnownFormat(member.Value.GetString()!));
                        break;
                    case "pattern" or "patternProperties" or "format" or "default" or "examples" or "description" or "title" or "$schema" or "$id" or "id":
                        break;
                    case "const":
                        plain["enum"] = new JsonArray(JsonNode.Parse(member.Value.GetRawText()));
                        break;
                    case "properties" or "definitions" or "$defs" when member.Value.ValueKind == JsonValueKind.Object:
                        plain[member.Name == "$defs" ? "definitions" : member.Name] = PlainMap(member.Value);
                        break;
                    case "$ref" when member.Value.ValueKind == JsonValueKind.String:
                        plain["$ref"] = member.Value.GetString()!.Replace("#/$defs/", "#/definitions/", StringComparison.Ordinal);
                        break;
                    case "anyOf" or "oneOf" or "allOf" when member.Value.ValueKind == JsonValueKind.Array:
                        plain[member.Name] = new JsonArray([.. member.Value.EnumerateArray().Select(Plain)]);
                        break;
                    case "prefixItems" or "items" when member.Value.ValueKind == JsonValueKind.Array:
                        tuple = new JsonArray([.. member.Value.EnumerateArray().Select(Plain)]);
                        break;
                    case "not" or "items" or "additionalItems" when member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False:
                        plain[member.Name] = Plain(member.Value);
                        break;
                    case "additionalProperties" when member.Value.ValueKind == JsonValueKind.Object:
                        plain[member.Name] = Plain(member.Value);
                        break;
                    default:
                        plain[member.Name] = JsonNode.Parse(member.Value.GetRawText());
                        break;
                }
            }
            AddFormats(plain, formats);
            if (tuple is not null)
                AddTuple(plain, tuple);
            // Which members a pattern names is not checked, so none can be said to be additional.
            if (ToolSet.Member(schema, "patternProperties") is not null)
                plain.Remove("additionalProperties");
            return plain;
        }

        /// <summary>A schema has one format only: each stands in a schema of its own that must hold as well.</summary>
        private static void AddFormats(JsonObject plain, List<string?> formats)
        {
            foreach (var format in formats.OfType<string>())
            {
                if (plain["allOf"] is not JsonArray all)
                    plain["allOf"] = all = [];
                all.Add(new JsonObject { ["format"] = format });
            }
        }

        /// <summary>What is called items beside prefixItems is called additionalItems beside a list of items.</summary>
        private static void AddTuple(JsonObject plain, JsonArray tuple)
        {
            if (plain.Remove("items", out var rest))
                plain["additionalItems"] = rest;
            // The library knows no schema that refuses everything here, but the word.
            if (plain["additionalItems"] is JsonObject { Count: 1 } none && none["not"] is JsonObject { Count: 0 })
                plain["additionalItems"] = false;
            plain["items"] = tuple;
        }

        private JsonObject PlainMap(JsonElement map)
        {
            var plain = new JsonObject();
            foreach (var member in map.EnumerateObject())
                plain[member.Name] = Plain(member.Value);
            return plain;
        }
    }

    /// <summary>Resolves only what the schema itself holds.</summary>
    private sealed class NoFetching(JsonSchemaAppender appender) : JsonReferenceResolver(appender)
    {
        public override Task<NJsonSchema.References.IJsonReference> ResolveFileReferenceAsync(string filePath, CancellationToken cancellationToken) =>
            throw new NotSupportedException("A schema cannot refer to files.");

        public override Task<NJsonSchema.References.IJsonReference> ResolveUrlReferenceAsync(string url, CancellationToken cancellationToken) =>
            throw new NotSupportedException("A schema cannot refer to other addresses.");
    }
}
