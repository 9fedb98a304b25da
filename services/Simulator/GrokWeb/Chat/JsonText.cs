using System.Globalization;
using System.Text;

namespace GrokForge.Simulator.GrokWeb.Chat;

/// <summary>Quotes a string as JSON and leaves every character above the ASCII controls as it is, so that cuts fall inside characters of 2, 3 and 4 bytes.</summary>
/// <remarks>The encoders of System.Text.Json escape what lies outside the basic plane.</remarks>
internal static class JsonText
{
    public static byte[] Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (var character in text)
        {
            _ = character switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                < ' ' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => quoted.Append(character),
            };
        }

        return Encoding.UTF8.GetBytes(quoted.Append('"').ToString());
    }
}
