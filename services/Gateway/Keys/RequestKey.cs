namespace GrokForge.Gateway.Keys;

/// <summary>The virtual key that a request was let in with; a feature of its HttpContext.</summary>
/// <param name="ModelWhitelist">Model ids it may use; empty: all.</param>
internal sealed record RequestKey(long Id, string Name, IReadOnlyList<string> ModelWhitelist)
{
    /// <summary>How reasoning is shown to it: think_tags, reasoning_content, both; empty: as app.reasoning_format says.</summary>
    public string ReasoningFormat { get; init; } = "";

    public bool Allows(string model) => ModelWhitelist.Count == 0 || ModelWhitelist.Contains(model, StringComparer.Ordinal);
}
