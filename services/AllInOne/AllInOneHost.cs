using GrokForge.Admin;
using GrokForge.CfRefresh;
using GrokForge.Gateway;
using GrokForge.MediaCache;
using GrokForge.ServiceDefaults;
using GrokForge.TokenPool;
using GrokForge.Upstream;

namespace GrokForge.AllInOne;

/// <summary>All modules in one process: method calls instead of RPCs, and no RPC door.</summary>
internal static class AllInOneHost
{
    public static WebApplication Build(string[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        builder.AddServiceDefaults("allinone");
        builder.AddTokenPool().AddUpstream().AddMediaCache().AddCfRefresh().AddGateway().AddAdmin();
        builder.Services.AddHostedService<ServerAddressFile>();

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGateway();
        app.MapMediaCache();
        app.MapAdmin();
        return app;
    }

    /// <summary>Starts serving; a taken port or an unwritable folder is one sentence, not a stack trace.</summary>
    public static async Task StartAsync(WebApplication app, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new StartupRefusedException($"{e.Message.TrimEnd('.')}. Stop the other program, or choose another port: --app:port=8081");
        }
    }
}
