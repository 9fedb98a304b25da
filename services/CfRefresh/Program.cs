using GrokForge.CfRefresh;
using GrokForge.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("cfrefresh");
builder.AddCfRefresh();

var app = builder.Build();
app.MapServiceDefaults();
app.MapCfRefresh();
app.MapCfRefreshRpc();
app.Run();
