namespace GrokForge.Admin.Sessions;

/// <summary>Reads and writes the cookie <c>gf_session</c>.</summary>
internal static class SessionCookie
{
    public const string Name = "gf_session";
    private const int LongestValue = 128;

    /// <summary>Null where there is none that could be one of ours.</summary>
    public static string? Read(HttpRequest request) =>
        request.Cookies.TryGetValue(Name, out var value) && value is { Length: > 0 and <= LongestValue } ? value : null;

    public static void Write(HttpContext http, string token) => http.Response.Cookies.Append(Name, token, Options(http, SessionBook.Lifetime));

    public static void Clear(HttpContext http) => http.Response.Cookies.Append(Name, "", Options(http, TimeSpan.Zero));

    private static CookieOptions Options(HttpContext http, TimeSpan maxAge) => new()
    {
        Path = "/admin",
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = IsSecure(http.Request),
        MaxAge = maxAge,
    };

    // Whoever forges this header only makes the own cookie stricter.
    private static bool IsSecure(HttpRequest request) =>
        request.IsHttps || request.Headers["X-Forwarded-Proto"].ToString().Contains("https", StringComparison.OrdinalIgnoreCase);
}
