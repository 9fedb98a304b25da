using GrokForge.Admin;
using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;

return await StartUp.ServeAsync(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("admin");
    builder.AddRemoteTokenAdmin().AddRemoteVirtualKeys().AddRemoteSettingsStore().AddRemoteUsageQueries().AddRemoteClearances().AddRemoteUpstreamProbes().AddAdmin();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapAdmin();
    app.MapAdminRpc();
    return app;
});
