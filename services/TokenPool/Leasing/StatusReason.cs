using System.Text;
using System.Text.RegularExpressions;

namespace GrokForge.TokenPool.Leasing;

/// <summary>Cleans what came from outside before it is stored, shown and logged as the reason of a status.</summary>
internal static partial class StatusReason
{
    /// <summary>Characters.</summary>
    public const int MaxLength = 256;

    /// <summary>One line, no control characters, nothing that looks like a credential, at most <see cref="MaxLength"/> characters.</summary>
    public static string Clean(string text)
    {
        // What lies far beyond the limit is not worth looking at.
        var line = new StringBuilder(Math.Min(text.Length, 4 * MaxLength));
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, 4 * MaxLength)))
            line.Append(char.IsControl(c) || char.IsWhiteSpace(c) ? ' ' : c);
        var clean = Spaces().Replace(Credentials().Replace(line.ToString(), "$1****"), " ").Trim();
        if (clean.Length <= MaxLength)
            return clean;
        var length = char.IsHighSurrogate(clean[MaxLength - 1]) ? MaxLength - 1 : MaxLength;
        return clean[..length];
    }

    [GeneratedRegex(@"\b((?:sso(?:-rw)?|cf_clearance|x-userid|authorization|bearer|cookie)\s*[=: ]\s*)[^\s;,""']{8,}|\beyJ[\w\-.]{8,}|\bxai-\w{8,}",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Credentials();

    [GeneratedRegex(" {2,}")]
    private static partial Regex Spaces();
}
