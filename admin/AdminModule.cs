using GrokForge.Admin.ApiKeys;
using GrokForge.Admin.Audit;
using GrokForge.Admin.Clearances;
using GrokForge.Admin.Config;
using GrokForge.Admin.Doctors;
using GrokForge.Admin.Login;
using GrokForge.Admin.Models;
using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Routing;
using GrokForge.Admin.Sessions;
using GrokForge.Admin.Status;
using GrokForge.Admin.Store;
using GrokForge.Admin.Tokens;
using GrokForge.Admin.Usage;
using GrokForge.ServiceDefaults.Stores;

namespace GrokForge.Admin;

/// <summary>Administration over REST.</summary>
public static class AdminModule
{
    public static WebApplicationBuilder AddAdmin(this WebApplicationBuilder builder)
    {
        builder.AddStore<AdminStore, PostgresAdminStore, SqliteAdminStore>(AdminStore.Schema);
        builder.Services.AddSingleton<AdminPassword>().AddSingleton<VerbSecret>().AddSingleton<SessionBook>().AddSingleton<LockOut>().AddSingleton<PasswordCheck>();
        builder.Services.AddSingleton<TokenBatch>().AddSingleton<Doctor>().AddSingleton<AuditLog>().AddSingleton<ConfigView>().AddSingleton<ConfigChange>();
        builder.Services.AddSingleton<Uptime>().AddHostedService<FirstPassword>();
        return builder;
    }

    public static WebApplication MapAdmin(this WebApplication app)
    {
        var open = app.MapGroup("/admin").AddEndpointFilter<FaultFilter>();
        open.MapLogin();

        var gated = open.MapGroup("").AddEndpointFilter<AdminGate>();
        gated.MapVerify();
        gated.MapTokens();
        gated.MapApiKeys();
        gated.MapConfig();
        gated.MapStatus();
        gated.MapClearance();
        gated.MapModels();
        gated.MapUsageLogs();
        gated.MapRouting();
        gated.MapDoctor();
        gated.MapLater();
        gated.Map("{**path}", (HttpContext http) => AdminError.Missing("not_found", $"There is no {http.Request.Method} {http.Request.Path}."));
        return app;
    }

    public static WebApplication MapAdminRpc(this WebApplication app) => app;
}
