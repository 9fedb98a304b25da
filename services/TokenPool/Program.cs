using GrokForge.TokenPool;
using GrokForge.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("tokenpool");
builder.AddTokenPool();

var app = builder.Build();
app.MapServiceDefaults();
app.MapTokenPool();
app.MapTokenPoolRpc();
app.Run();
