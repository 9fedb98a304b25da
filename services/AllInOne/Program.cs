using GrokForge.Admin;
using GrokForge.CfRefresh;
using GrokForge.Gateway;
using GrokForge.MediaCache;
using GrokForge.ServiceDefaults;
using GrokForge.TokenPool;
using GrokForge.Upstream;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("allinone");
builder.AddTokenPool().AddUpstream().AddMediaCache().AddCfRefresh().AddGateway().AddAdmin();

var app = builder.Build();
app.MapServiceDefaults();
app.MapGateway();
app.MapMediaCache();
app.MapAdmin();
app.Run();
