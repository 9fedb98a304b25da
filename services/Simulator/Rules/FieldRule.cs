using System.Text.Json;

namespace GrokForge.Simulator.Rules;

/// <summary>What a body field must look like.</summary>
/// <param name="Name">Name of the field.</param>
/// <param name="Required">False where the field may be absent.</param>
/// <param name="Expected">The rule in words.</param>
/// <param name="Accepts">Tells a good value.</param>
internal sealed record FieldRule(string Name, bool Required, string Expected, Func<JsonElement, bool> Accepts)
{
    /// <summary>Checks presence and value of every field of the table, and that there is no other.</summary>
    public static void CheckAll(JsonElement body, IReadOnlyList<FieldRule> fields, string section, string path, Findings findings)
    {
        foreach (var field in fields)
        {
            if (body.TryGetProperty(field.Name, out var value))
            {
                findings.Require(field.Accepts(value), section, path + field.Name, $"must be {field.Expected}");
            }
            else
            {
                findings.Require(!field.Required, section, path + field.Name, $"is missing; must be {field.Expected}");
            }
        }

        foreach (var property in body.EnumerateObject().Where(property => fields.All(field => field.Name != property.Name)))
        {
            findings.Add(section, path + property.Name, "is not a field of this request");
        }
    }
}

/// <summary>The kinds of value that field rules speak of.</summary>
internal static class FieldValues
{
    public static bool IsBool(JsonElement value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False;

    public static bool IsTrue(JsonElement value) => value.ValueKind is JsonValueKind.True;

    public static bool IsFalse(JsonElement value) => value.ValueKind is JsonValueKind.False;

    public static bool IsString(JsonElement value) => value.ValueKind is JsonValueKind.String;

    public static bool IsFilledString(JsonElement value) => IsString(value) && !string.IsNullOrWhiteSpace(value.GetString());

    public static bool IsObject(JsonElement value) => value.ValueKind is JsonValueKind.Object;

    public static bool IsEmptyArray(JsonElement value) => value.ValueKind is JsonValueKind.Array && value.GetArrayLength() == 0;

    public static bool IsStringArray(JsonElement value) => value.ValueKind is JsonValueKind.Array && value.EnumerateArray().All(IsFilledString);

    public static bool IsPositiveInt(JsonElement value) => value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0;

    public static bool IsPositiveNumber(JsonElement value) => value.ValueKind is JsonValueKind.Number && value.GetDouble() > 0;

    public static Func<JsonElement, bool> IsNumberIn(double from, double to) =>
        value => value.ValueKind is JsonValueKind.Number && value.GetDouble() >= from && value.GetDouble() <= to;

    public static Func<JsonElement, bool> IsInt(int wanted) => value => value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var number) && number == wanted;

    public static Func<JsonElement, bool> IsOneOf(params string[] words) => value => IsString(value) && words.Contains(value.GetString(), StringComparer.Ordinal);
}
