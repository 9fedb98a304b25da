using GrokForge.MediaCache;
using GrokForge.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("mediacache");
builder.AddMediaCache();

var app = builder.Build();
app.MapServiceDefaults();
app.MapMediaCache();
app.MapMediaCacheRpc();
app.Run();
