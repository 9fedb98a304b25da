using System.Collections.Concurrent;
using System.Collections.Frozen;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.HotState;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool;
using GrokForge.TokenPool.Administration;
using GrokForge.TokenPool.Leasing;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Quotas;
using GrokForge.TokenPool.Tokens;
using GrokForge.TokenPool.Upkeep;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>One token pool with everything real but the clock and the bus, reached in process or over gRPC.</summary>
internal sealed class PoolUnderTest : IAsyncDisposable
{
    private readonly PoolBackEnd _backEnd;
    private readonly WebApplication _app;
    private readonly GrpcChannel? _channel;

    private PoolUnderTest(PoolBackEnd backEnd, WebApplication app, FakeTimeProvider time, bool overGrpc)
    {
        (_backEnd, _app, Time) = (backEnd, app, time);
        _channel = overGrpc ? GrpcChannel.ForAddress("http://pool", new GrpcChannelOptions { HttpHandler = Server.CreateHandler() }) : null;
        Leasing = _channel is null ? Get<ITokenLeasing>() : new RemoteTokenLeasing(new TokenLeasing.TokenLeasingClient(_channel));
        Admin = _channel is null ? Get<ITokenAdmin>() : new RemoteTokenAdmin(new TokenAdmin.TokenAdminClient(_channel));
    }

    public FakeTimeProvider Time { get; }

    public ITokenLeasing Leasing { get; }

    public ITokenAdmin Admin { get; }

    public RecordedEvents Events => (RecordedEvents)Get<EventPublisher>();

    public CurrentSettings Settings => Get<CurrentSettings>();

    public CurrentCatalog Catalog => Get<CurrentCatalog>();

    public QuotaGauges Gauges => Get<IEnumerable<IHostedService>>().OfType<QuotaGauges>().Single();

    private TestServer Server => (TestServer)_app.Services.GetRequiredService<IServer>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static ModelCatalog DefaultCatalog { get; } = new(
        [Mode("auto", ("basic", 7), ("super", 50)), Mode("fast", ("basic", 20), ("super", 40)), Mode("deep", ("super", 4))],
        [new CatalogModel("grok-imagine-image", ModelType.ImageWs, "super", null, "", false, false, TimeSpan.FromMinutes(5), ["grok_web"], Hidden: true)]);

    /// <summary>Starts a pool on a back end; one on the same back end again is a restart, or a second replica.</summary>
    public static async Task<PoolUnderTest> StartAsync(
        PoolBackEnd backEnd, bool overGrpc = false, TokenOptions? options = null, SecretProtector? protector = null, FakeTimeProvider? time = null,
        Func<ILedger, ILedger>? ledger = null, IUpstreamQuotas? quotas = null)
    {
        time ??= new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        var warnings = new KeptWarnings();
        builder.Logging.ClearProviders().AddProvider(warnings);
        builder.Services.AddSingleton(warnings);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(backEnd.Database);
        builder.Services.AddSingleton(new CurrentSettings(new SettingsSnapshot { Token = options ?? new TokenOptions { RefreshConcurrency = quotas is null ? 0 : 20 } }));
        builder.Services.AddSingleton(quotas ?? new ScriptedQuotas());
        builder.Services.AddSingleton(new CurrentCatalog(DefaultCatalog));
        builder.Services.AddSingleton(protector ?? backEnd.Protector);
        builder.Services.AddSingleton<EventPublisher, RecordedEvents>();
        builder.Services.AddSingleton(new BusTransport(null, Alone: true));
        builder.Services.AddSingleton<StopSignal>();
        builder.Services.AddSingleton<ReadinessReasons>();
        builder.Services.AddSingleton(new RedisConnection(backEnd.Redis, time, NullLogger<RedisConnection>.Instance));
        builder.Services.AddGrpc();
        builder.AddMigrations();
        builder.AddTokenPool();
        if (ledger is not null)
        {
            var plain = builder.Services.Single(s => s.ServiceType == typeof(ILedger)).ImplementationFactory!;
            builder.Services.AddSingleton(services => ledger((ILedger)plain(services)));
        }

        var app = builder.Build();
        app.MapGrpcService<TokenLeasingRpc>();
        app.MapGrpcService<TokenAdminRpc>();
        await app.StartAsync(Cancellation);
        var pool = new PoolUnderTest(backEnd, app, time, overGrpc);
        await pool.UntilAsync(() => Task.FromResult(pool.Get<PoolHealth>().Loaded));
        return pool;
    }

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Brings what the ledger knows into the database now.</summary>
    public Task FlushAsync() => Get<WriteBehind>().FlushAsync(Cancellation);

    /// <summary>Moves the clock and works off what became due.</summary>
    public async Task MoveTimeAsync(TimeSpan by)
    {
        Time.Advance(by);
        await _backEnd.MoveTimeAsync(by);
        while (await Get<ILedger>().SweepAsync(Cancellation) > 0)
        {
        }
    }

    /// <summary>Awaits a condition while the pool's own loops get their turns.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            Cancellation.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancellation);
        }
    }

    /// <summary>Lets every loop have some turns, so that what it must not do had its chance.</summary>
    public async Task TurnsAsync(int turns = 4)
    {
        for (var i = 0; i < turns * 10; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancellation);
        }
    }

    /// <summary>Awaits an answer that needs the clock to move.</summary>
    public async Task<T> WhileTimePassesAsync<T>(Task<T> answer)
    {
        await UntilAsync(() => Task.FromResult(answer.IsCompleted));
        return await answer;
    }

    public Task<TokenStore> StoreAsync() => Get<IDbContextFactory<TokenStore>>().CreateDbContextAsync(Cancellation);

    public async Task<TokenRow> RowAsync(long id)
    {
        await using var store = await StoreAsync();
        return await store.Tokens.AsNoTracking().SingleAsync(t => t.Id == id, Cancellation);
    }

    /// <summary>Imports fresh tokens and answers their ids.</summary>
    public async Task<long[]> ImportAsync(int count = 1, string pool = "basic", int priority = 0)
    {
        var lines = Enumerable.Range(0, count).Select(_ => new ImportTokenLine { Text = NewSecret(), Pool = pool, Priority = priority });
        var results = await Admin.ImportAsync(lines.ToAsyncEnumerable(), Cancellation).ToListAsync(Cancellation);
        Assert.All(results, r => Assert.Equal(ImportTokenResult.Types.Outcome.Added, r.Outcome));
        return [.. results.Select(r => r.TokenId)];
    }

    public static string NewSecret() => $"eyJ{Guid.NewGuid():N}{Guid.NewGuid():N}";

    public async Task<BorrowReply> BorrowAsync(string scope = "auto", string? borrowId = null, IEnumerable<long>? excluded = null, params string[] pools)
    {
        var request = new BorrowRequest { BorrowId = borrowId ?? Guid.NewGuid().ToString("N"), Scope = scope };
        request.Pools.AddRange(pools.Length == 0 ? ["basic"] : pools);
        request.Excluded.AddRange(excluded ?? []);
        return await Leasing.BorrowAsync(request, Cancellation);
    }

    /// <summary>Borrows where there must be a token.</summary>
    public async Task<Grant> GrantAsync(string scope = "auto", params string[] pools)
    {
        var reply = await BorrowAsync(scope, pools: pools);
        Assert.Equal(BorrowReply.ResultOneofCase.Grant, reply.ResultCase);
        return reply.Grant;
    }

    public async Task<SettleReply.Types.Result> SettleAsync(Grant grant, LeaseOutcome outcome, string detail = "", double resumeAfter = 0)
    {
        var request = new SettleRequest
        {
            LeaseId = grant.LeaseId,
            Outcome = outcome,
            Detail = detail,
            ResumeAfterSeconds = resumeAfter,
            Generation = grant.Generation,
        };
        return (await Leasing.SettleAsync(request, Cancellation)).Result;
    }

    public Task<TokenView> GetAsync(long id) => Admin.GetAsync(new TokenRef { Id = id }, Cancellation);

    public Task StopAsync() => _app.StopAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    public static Mode Mode(string id, params (string Pool, int Units)[] defaults) => new(
        id, id, id, TimeSpan.FromHours(2), defaults.ToFrozenDictionary(d => d.Pool, d => d.Units), Local: false);
}

/// <summary>Keeps what was logged as a warning or worse.</summary>
internal sealed class KeptWarnings : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Lines.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}

/// <summary>Keeps what was published.</summary>
internal sealed class RecordedEvents : EventPublisher
{
    private readonly Lock _gate = new();
    private readonly List<object> _events = [];

    public override void Publish<TEvent>(TEvent message)
    {
        lock (_gate)
            _events.Add(message);
    }

    public IReadOnlyList<TEvent> Of<TEvent>()
    {
        lock (_gate)
            return [.. _events.OfType<TEvent>()];
    }
}
