using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;
using NJsonSchema.Validation;
using NJsonSchema.Validation.FormatValidators;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>The regular expressions of one schema, as formats of their own: matched without backtracking, so that none takes longer than its text is long.</summary>
internal sealed class TextPatterns
{
    private const int Most = 100;
    private const int MostCharacters = 1000;
    private const string Mail = @"^[^@\s]+@[^@\s]+$";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly List<Pattern> _patterns = [];

    /// <returns>The format that stands for the pattern; null: it is not checked, being of another dialect or too large.</returns>
    public string? FormatOf(string pattern)
    {
        if (pattern.Length > MostCharacters || _patterns.Count == Most)
            return null;
        try
        {
            var regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Patience);
            var name = $"grokforge-pattern-{_patterns.Count}";
            _patterns.Add(new Pattern(name, regex));
            return name;
        }
        // What other dialects have and this engine has not, such as looking back.
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <returns>What checks a format that a schema names; null: nobody does.</returns>
    public string? KnownFormat(string format) => format switch
    {
        "date-time" or "date" or "uuid" or "ipv4" or "ipv6" or "uri" => format,
        "email" => FormatOf(Mail),
        _ => null,
    };

    public JsonSchemaValidatorSettings ToSettings()
    {
        var settings = new JsonSchemaValidatorSettings();
        foreach (var pattern in _patterns)
            settings.AddCustomFormatValidator(pattern);
        return settings;
    }

    /// <summary>One of them.</summary>
    private sealed class Pattern(string name, Regex regex) : IFormatValidator
    {
        public string Format => name;

        public ValidationErrorKind ValidationErrorKind => ValidationErrorKind.PatternMismatch;

        public bool IsValid(string value, JTokenType tokenType) => regex.IsMatch(value);
    }
}
