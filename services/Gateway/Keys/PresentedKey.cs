namespace GrokForge.Gateway.Keys;

/// <summary>Reads the key that a request shows: <c>Authorization: Bearer</c> first, <c>x-api-key</c> else.</summary>
internal static class PresentedKey
{
    private const string Scheme = "Bearer ";

    /// <summary>Null where none is shown.</summary>
    public static string? Of(IHeaderDictionary headers)
    {
        if (headers.Authorization.Count > 0 && headers.Authorization[0] is { } authorization
            && authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && authorization.AsSpan(Scheme.Length).Trim() is { Length: > 0 } bearer)
            return bearer.ToString();

        return headers["x-api-key"] is [{ } key, ..] && key.AsSpan().Trim() is { Length: > 0 } trimmed ? trimmed.ToString() : null;
    }
}
