using GrokForge.Admin;
using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Hosting;

return StartUp.Guard(() =>
{
    var builder = StartUp.CreateBuilder(args);
    builder.AddServiceDefaults("admin");
    builder.AddAdmin();

    var app = builder.Build();
    app.MapServiceDefaults();
    app.MapAdmin();
    app.MapAdminRpc();
    app.Run();
});
