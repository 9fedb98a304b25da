using GrokForge.Admin;
using GrokForge.Admin.Passwords;
using GrokForge.Admin.Rim;
using GrokForge.CfRefresh;
using GrokForge.Gateway;
using GrokForge.MediaCache;
using GrokForge.ServiceDefaults;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool;
using GrokForge.Upstream;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.AllInOne;

/// <summary>All modules in one process: method calls instead of RPCs, and no RPC door.</summary>
internal static class AllInOneHost
{
    /// <summary>A server, not started yet.</summary>
    public static WebApplication Build(string[] settings)
    {
        var builder = WithModules(settings);
        builder.Services.AddSingleton<ServerAddressFile>().AddHostedService(s => s.GetRequiredService<ServerAddressFile>());
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGateway();
        app.MapMediaCache();
        app.UseHiddenAdmin();
        app.MapAdmin();
        var instance = app.Services.GetRequiredService<ServerAddressFile>().Instance;
        app.MapGet(ServerAddressFile.Door + "/{name}", context =>
        {
            context.Response.StatusCode = context.GetRouteValue("name") is string name && name == instance ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        return app;
    }

    /// <summary>The same modules without any door: for verbs that work in the stores themselves. Only errors are logged: a verb's output is its result.</summary>
    public static WebApplication BuildWithoutDoors(string[] settings)
    {
        var builder = WithModules([.. settings, "--app:log_level=error"]);
        builder.Services.AddSingleton<IServer, NoServer>();
        // The first password is for the eyes of who starts the server, not for a verb's output.
        foreach (var printer in builder.Services.Where(s => s.ImplementationType == typeof(FirstPassword)).ToList())
            builder.Services.Remove(printer);
        return builder.Build();
    }

    private static WebApplicationBuilder WithModules(string[] settings)
    {
        var builder = StartUp.CreateBuilder(settings);
        builder.AddServiceDefaults("allinone");
        return builder.AddTokenPool().AddUpstream().AddMediaCache().AddCfRefresh().AddGateway().AddAdmin().HasEveryStore();
    }

    /// <summary>Listens to nobody.</summary>
    private sealed class NoServer : IServer
    {
        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
