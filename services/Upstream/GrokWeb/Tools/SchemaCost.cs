using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Structured;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>
/// Foresees how long it takes to check a value by a schema. The library tries every branch at every place: one that leads to itself, {"anyOf":[{"$ref":"#"}]},
/// would overflow the stack, and branches within branches take time without end.
/// </summary>
internal sealed class SchemaCost(JsonElement schema)
{
    private const int MostBytes = 256 * 1024;
    private const int MostReferences = 500;
    private const int MostVisits = 100_000;
    private const double MostChecks = 200_000;
    private const int MostDepth = 64;

    private readonly JsonElement _root = schema.Clone();
    private readonly ConcurrentDictionary<int, double> _checks = new();

    /// <summary>Whether the schema can be given to the library at all.</summary>
    public bool IsBounded { get; } =
        Encoding.UTF8.GetByteCount(schema.GetRawText()) <= MostBytes && References(schema) <= MostReferences && new Walk(schema).Checks(schema, 1) < double.PositiveInfinity;

    /// <summary>Whether a value is checked in good time.</summary>
    public bool Allows(ReadOnlySpan<byte> json)
    {
        int depth = 0, values = 0;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostDepth });
            while (reader.Read())
                (depth, values) = (Math.Max(depth, reader.CurrentDepth + 1), values + 1);
        }
        catch (JsonException)
        {
            return false;
        }

        return _checks.GetOrAdd(depth, static (depth, root) => new Walk(root).Checks(root, depth), _root) * values <= MostChecks;
    }

    private static int References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Sum(m => (m.NameEquals("$ref") ? 1 : 0) + References(m.Value)),
        JsonValueKind.Array => element.EnumerateArray().Sum(References),
        _ => 0,
    };

    /// <summary>Counts how often one place of a value is checked, at most: every branch for itself, and of what lies deeper the costliest.</summary>
    private sealed class Walk(JsonElement root)
    {
        private readonly Dictionary<(string Reference, int Depth), double> _known = [];
        private int _visits;

        /// <returns>Infinity where it has no end, or cannot be told.</returns>
        public double Checks(JsonElement schema, int depth)
        {
            if (++_visits > MostVisits)
                return double.PositiveInfinity;
            if (schema.ValueKind != JsonValueKind.Object)
                return 1;
            double here = 1, deeper = 0;
            foreach (var member in schema.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "$ref" when member.Value.ValueKind == JsonValueKind.String:
                        here += Referred(member.Value.GetString()!, depth);
                        break;
                    case "not":
                        here += Checks(member.Value, depth);
                        break;
                    case "anyOf" or "oneOf" or "allOf" when member.Value.ValueKind == JsonValueKind.Array:
                        foreach (var branch in member.Value.EnumerateArray())
                            here += Checks(branch, depth);
                        break;
                    case "definitions" or "$defs" or "enum" or "const" or "default" or "examples":
                        break;
                    case "properties" when depth > 0 && member.Value.ValueKind == JsonValueKind.Object:
                        foreach (var property in member.Value.EnumerateObject())
                            deeper = Math.Max(deeper, Checks(property.Value, depth - 1));
                        break;
                    default:
                        deeper = Math.Max(deeper, depth > 0 ? Deeper(member.Value, depth - 1) : 0);
                        break;
                }
            }

            return here + deeper;
        }

        /// <summary>A schema or a list of them.</summary>
        private double Deeper(JsonElement inside, int depth)
        {
            if (inside.ValueKind != JsonValueKind.Array)
                return Checks(inside, depth);
            var most = 0d;
            foreach (var element in inside.EnumerateArray())
                most = Math.Max(most, Checks(element, depth));
            return most;
        }

        private double Referred(string reference, int depth)
        {
            // A reference met again on the way from itself, no deeper in the value, has no end.
            if (_known.TryGetValue((reference, depth), out var known))
                return known;
            _known[(reference, depth)] = double.PositiveInfinity;
            return _known[(reference, depth)] = SchemaShape.Target(root, reference) is { } target ? Checks(target, depth) : 1;
        }
    }
}
