using System.Text.Json;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Remembers the first rule that a request breaks; the reading goes on, the later ones are not told.</summary>
internal sealed class FirstViolation
{
    public OpenAIError? Error { get; private set; }

    public void Add(string param, string code, string message) => Error ??= OpenAIError.BadField(param, code, message);
}

/// <summary>Reads optional fields of a JSON object: null is absent, a repeated key counts by its last value, a wrong type is a violation.</summary>
internal readonly struct JsonFields(JsonElement parent, string path, FirstViolation violation)
{
    /// <summary>The code for a body that is no JSON, or holds a field of the wrong type.</summary>
    public const string InvalidJson = "invalid_json";

    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    public JsonElement? Find(string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        _ => Wrong<string>(name, "a string"),
    };

    public bool? Flag(string name) => Find(name)?.ValueKind switch
    {
        null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => Wrong<bool?>(name, "true or false"),
    };

    public double? Number(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value => value.GetDouble(),
        _ => Wrong<double?>(name, "a number"),
    };

    /// <summary>A whole number, cut to what an int holds.</summary>
    public int? Whole(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when double.IsInteger(value.GetDouble()) => (int)Math.Clamp(value.GetDouble(), int.MinValue, int.MaxValue),
        _ => Wrong<int?>(name, "a whole number"),
    };

    public JsonElement? Object(string name) => OfKind(name, JsonValueKind.Object, "an object");

    public JsonElement? Array(string name) => OfKind(name, JsonValueKind.Array, "an array");

    private JsonElement? OfKind(string name, JsonValueKind kind, string words)
    {
        var value = Find(name);
        return value is null || value.Value.ValueKind == kind ? value : Wrong<JsonElement?>(name, words);
    }

    private T? Wrong<T>(string name, string words)
    {
        violation.Add(PathOf(name), InvalidJson, $"'{PathOf(name)}' must be {words}.");
        return default;
    }
}
