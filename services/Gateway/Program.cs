using GrokForge.Gateway;
using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;

return await StartUp.ServeAsync(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("gateway");
    builder.AddRemoteUpstreamChat().AddRemoteUpstreamModels().AddGateway();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapGateway();
    app.MapGatewayRpc();
    return app;
});
