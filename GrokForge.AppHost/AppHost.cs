using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

// GrokForge as a picture: who exists, who talks to whom, and which keys they share.
//
//   client ──► gateway ──► upstream ──► grok.com (in development: simulator)
//                 │            │
//                 │            ├──► tokenpool ──► redis, postgres
//                 │            └──► cfrefresh, mediacache
//                 └──► admin ──► tokenpool, gateway, upstream, cfrefresh, mediacache
//
// Every service keeps its tables in one database and tells news over RabbitMQ.
var builder = DistributedApplication.CreateBuilder(args);

// Where `aspire publish` writes to: one target at a time, chosen by Deploy:Target.
switch (builder.Configuration["Deploy:Target"])
{
    case "compose":
        builder.AddDockerComposeEnvironment("compose");
        break;
    case "kubernetes":
        builder.AddKubernetesEnvironment("k8s").WithHelm(helm => helm.WithChartName("grokforge"));
        break;
}

// Keys. Internal calls, secrets at rest and the admin password are the operator's; a generated value lasts in user secrets.
var appKey = builder.AddParameter("app-key", new GenerateParameterDefault { MinLength = 22, Special = false }, secret: true, persist: true);
var internalKey = builder.AddParameter("internal-key", new GenerateParameterDefault { MinLength = 44, Special = false }, secret: true, persist: true);
var masterKey = builder.AddParameter("master-key", new GenerateParameterDefault { MinLength = 44, Special = false }, secret: true, persist: true);
var databasePassword = builder.AddParameter("database-password", new GenerateParameterDefault { MinLength = 22, Special = false }, secret: true, persist: true);

// Infrastructure.
var database = builder.AddPostgres("postgres", password: databasePassword).WithDataVolume("grokforge-postgres").AddDatabase("grokforge");
var redis = builder.AddRedis("redis").WithDataVolume("grokforge-redis").WithPersistence(TimeSpan.FromSeconds(10), keysChangedThreshold: 1);
var rabbitmq = builder.AddRabbitMQ("rabbitmq").WithManagementPlugin().WithDataVolume("grokforge-rabbitmq");

// Services. They wait for infrastructure only, never for each other: each one starts alone and is ready when it can do its own job.
var tokenpool = WithRpc(Equipped(builder.AddDotnetProject("tokenpool", "../services/TokenPool/GrokForge.TokenPool.csproj"))).WithReplicas(2);
var upstream = WithRpc(Equipped(builder.AddDotnetProject("upstream", "../services/Upstream/GrokForge.Upstream.csproj"))).WithReplicas(2);
var mediacache = WithRpc(Equipped(builder.AddDotnetProject("mediacache", "../services/MediaCache/GrokForge.MediaCache.csproj")));
var cfrefresh = WithRpc(Equipped(builder.AddDotnetProject("cfrefresh", "../services/CfRefresh/GrokForge.CfRefresh.csproj")));
var gateway = WithRpc(Equipped(builder.AddDotnetProject("gateway", "../services/Gateway/GrokForge.Gateway.csproj"))).WithReplicas(2).WithExternalHttpEndpoints();
var admin = Equipped(builder.AddDotnetProject("admin", "../admin/GrokForge.Admin.csproj"));

// Who calls whom.
gateway.WithReference(upstream).WithReference(mediacache).WithReference(admin);
upstream.WithReference(tokenpool).WithReference(cfrefresh).WithReference(mediacache).WithReference(gateway);
tokenpool.WithReference(upstream);
admin.WithReference(tokenpool).WithReference(gateway).WithReference(upstream).WithReference(cfrefresh).WithReference(mediacache);

// In development the upstream is the simulator: no account and no traffic to anybody.
if (builder.ExecutionContext.IsRunMode)
{
    var simulator = builder.AddDotnetProject("simulator", "../services/Simulator/GrokForge.Simulator.csproj");
    foreach (var caller in new[] { upstream, tokenpool, cfrefresh, mediacache })
        caller.WithEnvironment("GROKFORGE_UPSTREAM__WEB_BASE_URL", simulator.GetEndpoint("http"))
            .WithEnvironment("GROKFORGE_UPSTREAM__ASSETS_BASE_URL", simulator.GetEndpoint("http"))
            .WithEnvironment("GROKFORGE_UPSTREAM__XAI_BASE_URL", simulator.GetEndpoint("http"));
}

builder.Build().Run();

// What every service is given: its infrastructure, its keys, a health check.
IResourceBuilder<T> Equipped<T>(IResourceBuilder<T> service) where T : IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport =>
    service
        .WithReference(database).WithReference(redis).WithReference(rabbitmq)
        .WaitFor(database).WaitFor(redis).WaitFor(rabbitmq)
        .WithEnvironment("GROKFORGE_APP__APP_KEY", appKey)
        .WithEnvironment("GROKFORGE_INTERNAL_KEY", internalKey)
        .WithEnvironment("GROKFORGE_MASTER_KEY", masterKey)
        .WithHttpHealthCheck("/health");

// A clear-text port speaks HTTP/1.1 or HTTP/2, not both: RPCs have a port of their own.
IResourceBuilder<T> WithRpc<T>(IResourceBuilder<T> service) where T : IResourceWithEndpoints =>
    service.WithHttpEndpoint(name: "grpc", env: "GROKFORGE_GRPC_PORT");
