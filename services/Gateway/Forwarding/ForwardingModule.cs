using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Forwarding;

/// <summary>One public host for the API, its administration and its media files.</summary>
internal static class ForwardingModule
{
    public static WebApplicationBuilder AddForwarding(this WebApplicationBuilder builder)
    {
        if (AddressesOf("admin", builder.Configuration).Count + AddressesOf("mediacache", builder.Configuration).Count == 0)
            return builder;

        builder.Services.AddHttpForwarder();
        builder.Services.AddReverseProxy();
        builder.Services.AddSingleton<ServiceForwarder>();
        return builder;
    }

    /// <summary>Maps /admin and /api/files where Admin and MediaCache are processes of their own whose addresses are known.</summary>
    public static WebApplication MapForwarding(this WebApplication app)
    {
        if (AddressesOf("admin", app.Configuration) is { Count: > 0 } admin)
        {
            app.Map("/admin/{**path}", (ServiceForwarder forwarder, CurrentSettings settings, HttpContext context) => settings.Current.App.PublicAdmin
                ? forwarder.ForwardAsync(context, "Admin", admin)
                : OpenAIError.FromStatus(StatusCodes.Status404NotFound, context.Request).ExecuteAsync(context));
        }

        if (AddressesOf("mediacache", app.Configuration) is { Count: > 0 } mediaCache)
            app.Map("/api/files/{**path}", (ServiceForwarder forwarder, HttpContext context) => forwarder.ForwardAsync(context, "MediaCache", mediaCache));
        return app;
    }

    // Written by whoever composes the services, as services__admin__http__0, __1…: addresses, not options.
    private static IReadOnlyList<string> AddressesOf(string service, IConfiguration configuration) =>
        [.. configuration.GetSection($"services:{service}:http").GetChildren().Select(child => child.Value).OfType<string>().Where(address => address.Length > 0)];
}
