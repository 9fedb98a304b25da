using System.Net;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Events;
using GrokForge.Contracts.Quotas;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.Upstream.Challenges;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Connections;
using GrokForge.Upstream.GrokWeb;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Quotas;
using GrokForge.Upstream.Leases;
using GrokForge.Upstream.Probes;
using GrokForge.Upstream.Xai;

namespace GrokForge.Upstream;

/// <summary>Providers: builds upstream requests, retries, reads answers into events.</summary>
public static class UpstreamModule
{
    public static WebApplicationBuilder AddUpstream(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<LeaseRenewer>().AddHostedService(s => s.GetRequiredService<LeaseRenewer>());
        services.AddSingleton<LeaseSettler>().AddHostedService(s => s.GetRequiredService<LeaseSettler>());
        services.AddSingleton<LeaseDesk>();
        services.AddSingleton<OpenedSecrets>();
        services.AddSingleton<TokenBorrower>();
        services.AddSingleton(_ => new UpstreamConnections(DecompressionMethods.GZip | DecompressionMethods.Deflate | DecompressionMethods.Brotli));
        services.AddSingleton<HeldClearances>();
        services.AddSingleton<EgressClearance>();
        services.AddSingleton<AssetConnections>();
        services.AddSingleton<IChatProvider, GrokWebProvider>();
        services.AddSingleton<XaiClient>();
        services.AddSingleton<IChatProvider, XaiProvider>();
        services.AddSingleton<XaiModels>();
        services.AddSingleton<IUpstreamModels, XaiModelList>();
        services.AddSingleton<UpstreamBreakers>();
        services.AddSingleton<ChatRoutes>();
        services.AddSingleton<IUpstreamChat, ChatRelay>();
        services.AddSingleton<UpstreamGate>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<IUpstreamQuotas, QuotaReader>();
        services.AddSingleton<FreeQuestion>().AddSingleton<ProbeChat>().AddSingleton<IUpstreamProbes, TokenProbes>();
        return builder.AddBroadcastConsumer<ClearanceRefreshedConsumer, ClearanceRefreshed>();
    }

    public static WebApplication MapUpstream(this WebApplication app) => app;

    public static WebApplication MapUpstreamRpc(this WebApplication app)
    {
        app.MapRpc<UpstreamChatRpc>();
        app.MapRpc<UpstreamQuotasRpc>();
        app.MapRpc<UpstreamProbesRpc>();
        app.MapRpc<UpstreamModelsRpc>();
        app.MapRpc<UpstreamMediaRpc>();
        return app;
    }
}
