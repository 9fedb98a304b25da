using GrokForge.CfRefresh;
using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Hosting;

return await StartUp.ServeAsync(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("cfrefresh");
    builder.AddCfRefresh();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapCfRefresh();
    app.MapCfRefreshRpc();
    return app;
});
