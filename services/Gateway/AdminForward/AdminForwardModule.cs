namespace GrokForge.Gateway.AdminForward;

/// <summary>One public host for the API and its administration.</summary>
internal static class AdminForwardModule
{
    public static WebApplicationBuilder AddAdminForward(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpForwarder();
        builder.Services.AddReverseProxy();
        builder.Services.AddSingleton<AdminForwarder>();
        return builder;
    }

    /// <summary>Maps /admin where the Admin service is a process of its own whose address is known.</summary>
    public static WebApplication MapAdminForward(this WebApplication app)
    {
        // Written by whoever composes the services, as services__admin__http__0: an address, not an option.
        if (app.Configuration["services:admin:http:0"] is { Length: > 0 } admin)
            app.Map("/admin/{**path}", (AdminForwarder forwarder, HttpContext context) => forwarder.ForwardAsync(context, admin));
        return app;
    }
}
