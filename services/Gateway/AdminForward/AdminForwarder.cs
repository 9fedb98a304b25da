using System.Diagnostics;
using System.Net;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Settings;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace GrokForge.Gateway.AdminForward;

/// <summary>Forwards /admin to the Admin service, so that one public host shows both; only while app.public_admin is on.</summary>
internal sealed class AdminForwarder(IHttpForwarder forwarder, ITransformBuilder transforms, ForwardingProof proof, CurrentSettings settings) : IDisposable
{
    private static readonly ForwarderRequestConfig Limits = new() { ActivityTimeout = TimeSpan.FromMinutes(5) };

    private readonly HttpTransformer _transform = transforms.Create(context => context
        .AddXForwarded(ForwardedTransformActions.Append)
        .AddOriginalHost()
        .AddRequestTransform(request =>
        {
            proof.Attach(request.ProxyRequest);
            return ValueTask.CompletedTask;
        }));
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = new ReverseProxyPropagator(DistributedContextPropagator.Current),
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    });

    /// <param name="admin">Origin of the Admin service.</param>
    public async Task ForwardAsync(HttpContext context, string admin)
    {
        if (settings.Current.App.PublicAdmin)
            await forwarder.SendAsync(context, admin, _client, Limits, _transform);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    public void Dispose() => _client.Dispose();
}
