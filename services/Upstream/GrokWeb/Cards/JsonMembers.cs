using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Cards;

/// <summary>Reads members of objects whose form nobody promises.</summary>
internal static class JsonMembers
{
    /// <summary>The member; null: there is none, or it is null, or this is no object.</summary>
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The member's text; empty: there is none.</summary>
    public static string Text(this JsonElement element, string name) => element.Member(name)?.Text() ?? "";

    /// <summary>The text that this is; empty: it is none.</summary>
    public static string Text(this JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: there is no such text.
            return "";
        }
    }

    public static bool IsTrue(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    public static double Number(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number : 0;

    /// <summary>The items of an array; of anything else, none.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [];
}
