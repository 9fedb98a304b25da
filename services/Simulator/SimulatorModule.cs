using GrokForge.Simulator.Control;
using GrokForge.Simulator.GrokWeb;
using GrokForge.Simulator.Solver;
using GrokForge.Simulator.Xai;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrokForge.Simulator;

/// <summary>A stand-in for the upstream, for tests and demonstrations.</summary>
public static class SimulatorModule
{
    private const long LargestBody = 64 * 1024 * 1024;

    public static WebApplicationBuilder AddSimulator(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SimulatedGrok>();
        builder.Services.AddSingleton<GrokWebDoor>();
        builder.Services.AddSingleton<XaiDoor>();
        builder.Services.AddSingleton<SolverDoor>();
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            kestrel.Limits.MinResponseDataRate = null;
        });

        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        // A dropped connection is an exception that Kestrel would log as an error; here it is the script.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics", LogLevel.None);
        return builder;
    }

    public static WebApplication MapSimulator(this WebApplication app)
    {
        var door = app.Services.GetRequiredService<GrokWebDoor>();
        var grok = app.Services.GetRequiredService<SimulatedGrok>();
        foreach (var surface in grok.Surfaces)
        {
            app.MapMethods(surface.Path, [surface.TakesBody ? HttpMethods.Post : HttpMethods.Get], context => door.HandleAsync(context, surface));
        }

        var api = app.Services.GetRequiredService<XaiDoor>();
        foreach (var surface in grok.Xai.Surfaces)
        {
            app.MapMethods(surface.Path, [surface.Method], context => api.HandleAsync(context, surface));
        }

        app.MapMethods(SolverDoor.Path, [HttpMethods.Post], app.Services.GetRequiredService<SolverDoor>().HandleAsync);
        app.MapControl();
        app.MapFallback("{**path}", door.RefuseAsync);
        return app;
    }
}
