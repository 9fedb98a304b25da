namespace GrokForge.Gateway.Rim;

/// <summary>What surrounds every door of the gateway.</summary>
internal static class RimModule
{
    public static WebApplicationBuilder AddRim(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DrainDeadline>();
        builder.Services.AddSingleton<BodyBudget>();
        builder.Services.AddSingleton<JsonBodyReader>();
        builder.Services.AddSingleton<Pulse>();
        builder.Services.AddTransient<IStartupFilter, PathTolerance>();
        builder.Services.AddBodyEncodings();
        return builder;
    }

    public static WebApplication UseRim(this WebApplication app)
    {
        app.UseMiddleware<AnswerHeaders>();
        app.UseWhen(static context => context.Request.Path.StartsWithSegments("/v1"), static v1 =>
        {
            v1.UseMiddleware<CrossOrigin>();
            v1.UseMiddleware<EnvelopeRim>();
            v1.UseMiddleware<Admission>();
            v1.UseBodyEncodings();
        });
        return app;
    }
}
