using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Sessions;

namespace GrokForge.Admin.Login;

/// <summary>Opens and ends admin sessions: POST /admin/login, POST /admin/logout, GET /admin/verify.</summary>
internal static class LoginEndpoint
{
    private const int BodyLimit = 64 * 1024;
    private static readonly object Ok = new { status = "ok" };

    public static void MapLogin(this RouteGroupBuilder open)
    {
        open.MapPost("login", LogInAsync);
        open.MapPost("logout", LogOutAsync);
    }

    public static void MapVerify(this RouteGroupBuilder gated)
    {
        gated.MapGet("verify", () => AdminJson.Answer(Ok));
        gated.MapPost("reset-admin", ResetAsync);
    }

    private static async Task<IResult> LogInAsync(HttpContext http, PasswordCheck check, AdminPassword password, SessionBook sessions, CancellationToken cancellationToken)
    {
        var (body, error) = await AdminJson.ReadAsync<LoginRequest>(http, BodyLimit);
        if (error is not null)
            return error;
        if (string.IsNullOrEmpty(body!.Key))
            return AdminError.Bad("missing_key", "Send the admin password as key.", "key");
        if (await password.StampAsync(cancellationToken) is not { } stamp)
            return new AdminError(StatusCodes.Status403Forbidden, "app_key_not_configured", "There is no admin password yet. Look at the standard output, or set app.app_key.");
        // A verb's secret opens one request, not a session.
        if (body.Key.StartsWith(VerbSecret.Prefix, StringComparison.Ordinal))
            return PasswordCheck.Wrong;
        if (await check.RefusalAsync(body.Key, http, cancellationToken) is { } refusal)
            return refusal;

        SessionCookie.Write(http, await sessions.OpenAsync(stamp, cancellationToken));
        return AdminJson.Answer(Ok);
    }

    private static async Task<IResult> LogOutAsync(HttpContext http, SessionBook sessions, CancellationToken cancellationToken)
    {
        if (SessionCookie.Read(http.Request) is { } token)
            await sessions.EndAsync(token, cancellationToken);
        SessionCookie.Clear(http);
        return AdminJson.Answer(Ok);
    }

    private static async Task<IResult> ResetAsync(AdminPassword password, CancellationToken cancellationToken) =>
        password.IsAppKey
            ? new AdminError(StatusCodes.Status409Conflict, "app_key_is_set", AdminPassword.IsSetElsewhere)
            : AdminJson.Answer(new NewPassword(await password.ResetAsync(cancellationToken)));

    private sealed record LoginRequest(string? Key);

    private sealed record NewPassword(string Password);
}
