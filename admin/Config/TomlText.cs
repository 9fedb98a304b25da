using System.Text;
using System.Text.Json;

namespace GrokForge.Admin.Config;

/// <summary>Writes a JSON value as the TOML value it means, in which form overrides are saved: "a", 5, true, ["a", "b"], { "k" = "v" }.</summary>
internal static class TomlText
{
    /// <summary>Null where TOML has no such value: null inside, or text that is not Unicode.</summary>
    public static string? Of(JsonElement value)
    {
        var text = new StringBuilder();
        try
        {
            return Append(text, value) ? text.ToString() : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, \ud800, is valid JSON and no text.
            return null;
        }
    }

    private static bool Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                AppendQuoted(text, value.GetString()!);
                return true;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                text.Append(value.GetRawText());
                return true;
            case JsonValueKind.Array:
                return AppendList(text, '[', ']', value.EnumerateArray(), Append);
            case JsonValueKind.Object:
                return AppendList(text, '{', '}', value.EnumerateObject(), AppendProperty);
            default:
                return false;
        }
    }

    private static bool AppendProperty(StringBuilder text, JsonProperty property)
    {
        AppendQuoted(text, property.Name);
        text.Append(" = ");
        return Append(text, property.Value);
    }

    private static bool AppendList<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Func<StringBuilder, T, bool> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first)
                text.Append(", ");
            if (!append(text, item))
                return false;
            first = false;
        }

        text.Append(close);
        return true;
    }

    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is '"' or '\\')
                text.Append('\\').Append(c);
            else if (char.IsControl(c))
                text.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            else
                text.Append(c);
        }

        text.Append('"');
    }
}
