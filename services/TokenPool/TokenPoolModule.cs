using GrokForge.Contracts.Events;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.HotState;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Administration;
using GrokForge.TokenPool.Explanations;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Ledger.Memory;
using GrokForge.TokenPool.Ledger.Redis;
using GrokForge.TokenPool.Quotas;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;

namespace GrokForge.TokenPool;

/// <summary>Lends, settles, imports and administers upstream tokens.</summary>
public static class TokenPoolModule
{
    public static WebApplicationBuilder AddTokenPool(this WebApplicationBuilder builder)
    {
        builder.AddStore<TokenStore, PostgresTokenStore, SqliteTokenStore>(TokenStore.Schema);
        builder.Services.AddTokens().AddLedger().AddQuotas().AddLeasing().AddAdministration();
        return builder.AddBroadcastConsumer<TokenChangeConsumer, TokenStateChanged>().AddWorkConsumer<QuotaExhaustedConsumer, QuotaExhausted>();
    }

    public static WebApplication MapTokenPool(this WebApplication app) => app;

    public static WebApplication MapTokenPoolRpc(this WebApplication app)
    {
        app.MapRpc<TokenLeasingRpc>();
        app.MapRpc<TokenAdminRpc>();
        return app;
    }

    private static IServiceCollection AddTokens(this IServiceCollection services) => services
        .AddSingleton<TokenSecrets>()
        .AddSingleton<TokenTotals>()
        .AddSingleton<TokenKeys>()
        .AddSingleton<TokenWriter>();

    /// <summary>The ledger and its upkeep, in the order of their start; they stop the other way round, the last write-behind first.</summary>
    private static IServiceCollection AddLedger(this IServiceCollection services) => services
        .AddSingleton<LedgerConfigs>()
        .AddSingleton(s => new LedgerHome(s.GetRequiredService<LedgerConfigs>(), s.GetRequiredService<TimeProvider>(), s.HasRedis()))
        .AddSingleton(Ledger)
        .AddSingleton<LedgerSource>()
        .AddSingleton<LedgerGhosts>()
        .AddSingleton<LedgerFilling>()
        .AddSingleton<LedgerLoader>()
        .AddSingleton<LedgerReconciler>()
        .AddSingleton<LedgerTuning>()
        .AddSingleton<RecentLeaseWriter>()
        .AddSingleton(Health)
        .AddSingleton<PoolWatch>()
        .AddSingleton<TokenStateAnnouncer>()
        .AddSingleton<WriteBehind>()
        .AddHostedService<LedgerLock>()
        .AddHostedService<LedgerSweeper>()
        .AddHostedService<LedgerTuner>()
        .AddHostedService(s => s.GetRequiredService<TokenStateAnnouncer>())
        .AddHostedService<PoolGauges>()
        .AddHostedService(s => s.GetRequiredService<WriteBehind>());

    /// <summary>Decides when quota windows are read; who reads them upstream is registered beside this module.</summary>
    private static IServiceCollection AddQuotas(this IServiceCollection services) => services
        .AddSingleton(s => new RefreshPace(s.GetRequiredService<CurrentSettings>(), s.GetRequiredService<TimeProvider>(), Random.Shared))
        .AddSingleton<WindowReader>()
        .AddSingleton<PoolProposals>()
        .AddSingleton<RefreshEnding>()
        .AddSingleton<QuotaRefresher>()
        .AddSingleton<LastLook>()
        .AddHostedService(s => s.GetRequiredService<QuotaRefresher>())
        .AddHostedService<QuotaGauges>();

    private static IServiceCollection AddLeasing(this IServiceCollection services) => services
        .AddSingleton(s => new RecentLeases(s.GetRequiredService<TimeProvider>(), enabled: s.HasRedis()))
        .AddSingleton<LeaseJournal>()
        .AddSingleton<LentSecrets>()
        .AddSingleton<ITokenLeasing, TokenLender>();

    private static IServiceCollection AddAdministration(this IServiceCollection services) => services
        .AddSingleton<TokenViews>()
        .AddSingleton<TokenInserter>()
        .AddSingleton<TokenImport>()
        .AddSingleton<LedgerEdits>()
        .AddSingleton<TokenEdits>()
        .AddSingleton<ShownTokens>()
        .AddSingleton<RefreshOnRequest>()
        .AddSingleton<RoutingExplanations>()
        .AddSingleton<TokenChanges>()
        .AddSingleton<ITokenAdmin, TokenAdministration>();

    private static ILedger Ledger(IServiceProvider services)
    {
        var redis = services.GetRequiredService<RedisConnection>();
        return redis.IsConfigured ? new RedisLedger(redis, services.GetRequiredService<ILogger<RedisLedger>>()) : new MemoryLedger(services.GetRequiredService<TimeProvider>());
    }

    private static PoolHealth Health(IServiceProvider services)
    {
        var redis = services.GetRequiredService<RedisConnection>();
        var health = new PoolHealth(services.GetRequiredService<TimeProvider>(), () => redis.AwayFor);
        services.GetRequiredService<ReadinessReasons>().Add("tokens", health.Check);
        return health;
    }

    private static bool HasRedis(this IServiceProvider services) => services.GetRequiredService<RedisConnection>().IsConfigured;
}
