using GrokForge.MediaCache;
using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Hosting;

return await StartUp.ServeAsync(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("mediacache");
    builder.AddMediaCache();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapMediaCache();
    app.MapMediaCacheRpc();
    return app;
});
