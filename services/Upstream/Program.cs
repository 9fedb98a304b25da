using GrokForge.ServiceDefaults;
using GrokForge.Upstream;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("upstream");
builder.AddUpstream();

var app = builder.Build();
app.MapServiceDefaults();
app.MapUpstream();
app.MapUpstreamRpc();
app.Run();
