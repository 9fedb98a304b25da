using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.TokenPool;

return await StartUp.ServeAsync(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("tokenpool");
    builder.AddRemoteUpstreamQuotas().AddTokenPool();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapTokenPool();
    app.MapTokenPoolRpc();
    return app;
});
