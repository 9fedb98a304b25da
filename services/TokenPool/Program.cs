using GrokForge.ServiceDefaults;
using GrokForge.TokenPool;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("tokenpool");
builder.AddTokenPool();

var app = builder.Build();
app.MapServiceDefaults();
app.MapTokenPool();
app.MapTokenPoolRpc();
app.Run();
