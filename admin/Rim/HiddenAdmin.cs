using GrokForge.Admin.Login;
using GrokForge.Admin.Passwords;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Rim;

/// <summary>Hides /admin while app.public_admin is off, where one process has both the public door and the administration. Only the verbs of this machine still get through.</summary>
internal static class HiddenAdmin
{
    public static WebApplication UseHiddenAdmin(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<CurrentSettings>();
        var verbs = app.Services.GetRequiredService<VerbSecret>();
        app.UseWhen(
            http => http.Request.Path.StartsWithSegments("/admin") && !settings.Current.App.PublicAdmin
                && !(AdminGate.BearerOf(http.Request) is { } bearer && verbs.Knows(bearer)),
            hidden => hidden.Run(http => AdminError.Missing("not_found", $"There is no {http.Request.Method} {http.Request.Path}.").ExecuteAsync(http)));
        return app;
    }
}
