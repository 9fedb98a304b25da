using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.Upstream;

return StartUp.Guard(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("upstream");
    builder.AddUpstream();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapUpstream();
    app.MapUpstreamRpc();
    app.Run();
});
