using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.Upstream;

return await StartUp.ServeAsync(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("upstream");
    builder.AddRemoteTokenLeasing().AddRemoteClearances().AddUpstream();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapUpstream();
    app.MapUpstreamRpc();
    return app;
});
