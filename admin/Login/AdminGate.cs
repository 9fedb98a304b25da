using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Sessions;

namespace GrokForge.Admin.Login;

/// <summary>Lets a request to /admin in: by a session's cookie, by <c>Authorization: Bearer</c> with the password, or by a verb's one-use secret.</summary>
internal sealed class AdminGate(PasswordCheck check, AdminPassword password, VerbSecret verbSecret, SessionBook sessions) : IEndpointFilter
{
    private const string Scheme = "Bearer ";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await RefusalAsync(context.HttpContext) is { } refusal ? refusal : await next(context);

    private async Task<AdminError?> RefusalAsync(HttpContext http)
    {
        var cookie = SessionCookie.Read(http.Request);
        if (cookie is not null)
        {
            if (await password.StampAsync(http.RequestAborted) is { } stamp && await sessions.IsOpenAsync(cookie, stamp, http.RequestAborted))
                return LetIn(http, AdminCaller.Session);
            SessionCookie.Clear(http);
        }

        if (BearerOf(http.Request) is not { } bearer)
            return AdminError.Unauthorized("missing_app_key", "Log in, or send 'Authorization: Bearer' with the admin password.");

        // A verb's secret is too long to be guessed: it neither counts as a guess nor waits for a lock-out's end.
        if (bearer.StartsWith(VerbSecret.Prefix, StringComparison.Ordinal))
            return verbSecret.Use(bearer) ? LetIn(http, AdminCaller.Verb) : PasswordCheck.Wrong;
        return await check.RefusalAsync(bearer, http, http.RequestAborted) ?? LetIn(http, AdminCaller.Password);
    }

    private static AdminError? LetIn(HttpContext http, AdminCaller caller)
    {
        http.Features.Set(caller);
        return null;
    }

    internal static string? BearerOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.AsSpan(Scheme.Length).Trim() is { Length: > 0 } bearer
            ? bearer.ToString()
            : null;
    }
}
