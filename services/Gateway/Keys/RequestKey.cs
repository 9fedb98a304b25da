namespace GrokForge.Gateway.Keys;

/// <summary>The virtual key that a request was let in with; a feature of its HttpContext.</summary>
/// <param name="ModelWhitelist">Model ids it may use; empty: all.</param>
internal sealed record RequestKey(long Id, string Name, IReadOnlyList<string> ModelWhitelist)
{
    public bool Allows(string model) => ModelWhitelist.Count == 0 || ModelWhitelist.Contains(model, StringComparer.Ordinal);
}
