using GrokForge.Admin;
using GrokForge.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("admin");
builder.AddAdmin();

var app = builder.Build();
app.MapServiceDefaults();
app.MapAdmin();
app.MapAdminRpc();
app.Run();
