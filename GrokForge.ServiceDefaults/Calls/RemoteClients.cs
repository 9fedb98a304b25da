using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Clearance;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Settings;
using GrokForge.Contracts.Tokens;
using GrokForge.Contracts.Usage;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Registers the remote homes of contracts. A process whose modules own a contract registers its own implementation instead.</summary>
public static class RemoteClients
{
    public static WebApplicationBuilder AddRemoteTokenLeasing(this WebApplicationBuilder builder) =>
        builder.AddRemote<ITokenLeasing, RemoteTokenLeasing, TokenLeasing.TokenLeasingClient>("tokenpool", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteTokenAdmin(this WebApplicationBuilder builder) =>
        builder.AddRemote<ITokenAdmin, RemoteTokenAdmin, TokenAdmin.TokenAdminClient>("tokenpool", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteUpstreamChat(this WebApplicationBuilder builder) =>
        builder.AddRemote<IUpstreamChat, RemoteUpstreamChat, UpstreamChat.UpstreamChatClient>("upstream", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteUpstreamQuotas(this WebApplicationBuilder builder) =>
        builder.AddRemote<IUpstreamQuotas, RemoteUpstreamQuotas, UpstreamQuotas.UpstreamQuotasClient>("upstream", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteUpstreamProbes(this WebApplicationBuilder builder) =>
        builder.AddRemote<IUpstreamProbes, RemoteUpstreamProbes, UpstreamProbes.UpstreamProbesClient>("upstream", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteUpstreamModels(this WebApplicationBuilder builder) =>
        builder.AddRemote<IUpstreamModels, RemoteUpstreamModels, UpstreamModels.UpstreamModelsClient>("upstream", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteSettingsStore(this WebApplicationBuilder builder) =>
        builder.AddRemote<ISettingsStore, RemoteSettingsStore, SettingsStore.SettingsStoreClient>("gateway", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteVirtualKeys(this WebApplicationBuilder builder) =>
        builder.AddRemote<IVirtualKeys, RemoteVirtualKeys, VirtualKeys.VirtualKeysClient>("gateway", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteUsageQueries(this WebApplicationBuilder builder) =>
        builder.AddRemote<IUsageQueries, RemoteUsageQueries, UsageQueries.UsageQueriesClient>("gateway", calls => new(calls), client => new(client));

    public static WebApplicationBuilder AddRemoteClearances(this WebApplicationBuilder builder) =>
        builder.AddRemote<IClearances, RemoteClearances, Clearances.ClearancesClient>("cfrefresh", calls => new(calls), client => new(client));

    private static WebApplicationBuilder AddRemote<TContract, TRemote, TClient>(
        this WebApplicationBuilder builder, string owner, Func<CallInvoker, TClient> client, Func<TClient, TRemote> remote)
        where TContract : class
        where TRemote : TContract
        where TClient : ClientBase<TClient>
    {
        builder.Services.TryAddSingleton<CallSigner>();
        builder.Services.TryAddSingleton(services => new ServiceResolverFactory(services.GetRequiredService<IConfiguration>(), services.GetRequiredService<TimeProvider>()));
        builder.Services.TryAddSingleton<ReplicaBalancerFactory>();
        builder.Services.TryAddSingleton<ServiceChannels>();
        builder.Services.AddSingleton<TContract>(services => remote(client(services.GetRequiredService<ServiceChannels>().To(owner))));
        return builder;
    }
}
