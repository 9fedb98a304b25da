using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Sessions;

namespace GrokForge.Admin.Login;

/// <summary>Lets a request to /admin in: by a session's cookie, by <c>Authorization: Bearer</c> with the password, or by a verb's one-use secret.</summary>
internal sealed class AdminGate(PasswordCheck check, AdminPassword password, SessionBook sessions) : IEndpointFilter
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
                return null;
            SessionCookie.Clear(http);
        }

        if (BearerOf(http.Request) is not { } bearer)
            return AdminError.Unauthorized("missing_app_key", "Log in, or send 'Authorization: Bearer' with the admin password.");

        return await check.IsRightAsync(bearer, http, http.RequestAborted)
            ? null
            : AdminError.Unauthorized("invalid_app_key", "The admin password is wrong. 'grokforge reset-admin' makes a new one.");
    }

    private static string? BearerOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.AsSpan(Scheme.Length).Trim() is { Length: > 0 } bearer
            ? bearer.ToString()
            : null;
    }
}
