using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Writes the parts of a request that go on as JSON in the one form that upstreams read: {"type":"function","function":{"name":"f"}}</summary>
internal static class ChatJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Written(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(output, Options))
            write(json);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Those of the named fields that an object has.</summary>
    public static void WriteNested(Utf8JsonWriter json, string type, JsonElement element, string[] names) => WriteNested(json, type, inside => WriteFields(inside, element, names));

    /// <summary>Those of the named fields that an object has.</summary>
    public static void WriteFields(Utf8JsonWriter inside, JsonElement element, string[] names)
    {
        foreach (var name in names)
        {
            if (element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                inside.WritePropertyName(name);
                value.WriteTo(inside);
            }
        }
    }

    public static void WriteNested(Utf8JsonWriter json, string type, Action<Utf8JsonWriter> write)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteStartObject(type);
        write(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteFunctionName(Utf8JsonWriter json, string name) => WriteNested(json, "function", inside => inside.WriteString("name", name));
}
