using System.Numerics;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Reads UTF-8 JSON into the form that the schema library checks, without the text and the buffers between.</summary>
internal static class JsonTokens
{
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 256 };

    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">It holds half a surrogate pair.</exception>
    public static JToken Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Deep);
        reader.Read();
        return Value(ref reader);
    }

    private static JToken Value(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => Members(ref reader),
        JsonTokenType.StartArray => Items(ref reader),
        JsonTokenType.String => new JValue(reader.GetString()),
        JsonTokenType.Number => Number(ref reader),
        JsonTokenType.True => new JValue(true),
        JsonTokenType.False => new JValue(false),
        _ => JValue.CreateNull(),
    };

    private static JObject Members(ref Utf8JsonReader reader)
    {
        var members = new JObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            members[name] = Value(ref reader);
        }
        return members;
    }

    private static JArray Items(ref Utf8JsonReader reader)
    {
        var items = new JArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(Value(ref reader));
        return items;
    }

    private static JValue Number(ref Utf8JsonReader reader) =>
        reader.TryGetInt64(out var whole) ? new JValue(whole)
        : reader.ValueSpan.IndexOfAny(".eE"u8) < 0 ? new JValue(BigInteger.Parse(System.Text.Encoding.ASCII.GetString(reader.ValueSpan), System.Globalization.CultureInfo.InvariantCulture))
        : new JValue(reader.GetDouble());
}
