using System.Diagnostics.CodeAnalysis;
using GrokForge.ServiceDefaults.Protection;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Registers a service's store for the database in use.</summary>
public static class StoreModule
{
    /// <summary>
    /// Registers <see cref="IDbContextFactory{TContext}"/> of <typeparamref name="TStore"/>, pooled, and migrates it before the host starts serving.
    /// On Postgres failed commands are retried, so a transaction of one's own goes through <c>Database.CreateExecutionStrategy()</c>.
    /// </summary>
    public static WebApplicationBuilder AddStore<TStore, TPostgresStore, TSqliteStore>(this WebApplicationBuilder builder, string schema)
        where TStore : DbContext
        where TPostgresStore : TStore, IMigratedStore
        where TSqliteStore : TStore, IMigratedStore
    {
        var database = builder.Services.Registered<Database>();
        if (database.Kind == DatabaseKind.Postgres)
            builder.AddStore<TStore, TPostgresStore>(database, schema);
        else
            builder.AddStore<TStore, TSqliteStore>(database, schema);
        return builder;
    }

    /// <summary>This process has every store there is: where the database knows of another one, a newer version was at work.</summary>
    public static WebApplicationBuilder HasEveryStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<EveryStore>();
        return builder;
    }

    /// <summary>Brings every registered store and the key ring up to date, for programs that open the stores without starting the host.</summary>
    public static async Task PrepareStoresAsync(this IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<StoreMigrator>().MigrateAsync(cancellationToken);
        await services.GetRequiredService<KeyRing>().PrepareAsync(cancellationToken);
    }

    internal static void AddMigrations(this WebApplicationBuilder builder)
    {
        var options = NpgsqlStoreOptions.From(builder.Configuration);
        builder.Services.AddSingleton(services =>
        {
            var database = services.GetRequiredService<Database>();
            return new StoreReader(database, () => StoreReader.Connect(database), options, services.GetRequiredService<TimeProvider>());
        });
        builder.Services.AddSingleton<StoreMigrator>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StoreMigrator>());
    }

    internal static string HistoryTable(string schema) => $"__migrations_{schema}";

    internal static T Registered<T>(this IServiceCollection services) where T : class =>
        services.LastOrDefault(d => d.ServiceType == typeof(T))?.ImplementationInstance as T
        ?? throw new InvalidOperationException($"{typeof(T).Name} is not registered: AddServiceDefaults comes first.");

    private static void AddStore<TStore, TConcrete>(this WebApplicationBuilder builder, Database database, string schema)
        where TStore : DbContext
        where TConcrete : TStore, IMigratedStore
    {
        var options = NpgsqlStoreOptions.From(builder.Configuration);
        builder.Services.AddPooledDbContextFactory<TConcrete>(store => Configure(store, database, schema, options));
        builder.Services.AddSingleton<IDbContextFactory<TStore>, StoreFactory<TStore, TConcrete>>();
        builder.Services.AddSingleton(StoreRegistration.Of<TConcrete>(schema));
    }

    private static void Configure(DbContextOptionsBuilder store, Database database, string schema, NpgsqlStoreOptions options)
    {
        if (database.Kind == DatabaseKind.Sqlite)
            store.UseSqlite(database.ConnectionString, sqlite => sqlite.MigrationsHistoryTable(HistoryTable(schema))).AddInterceptors(SqlitePragmas.Instance);
        else
            ConfigurePostgres(store, database, schema, options);
        // Whoever runs a command gets its exception; EF looks for a missing history table by a command that fails.
        store.ConfigureWarnings(events => events.Log((RelationalEventId.CommandError, LogLevel.Debug)));
    }

    private static void ConfigurePostgres(DbContextOptionsBuilder store, Database database, string schema, NpgsqlStoreOptions options) =>
        store.UseNpgsql(database.ConnectionString, postgres =>
        {
            postgres.MigrationsHistoryTable(HistoryTable(schema));
            postgres.CommandTimeout(options.CommandTimeoutSeconds);
            if (!options.DisableRetry)
                postgres.EnableRetryOnFailure(3, TimeSpan.FromSeconds(2), null);
        });

    /// <summary>The mark of <see cref="HasEveryStore"/>.</summary>
    internal sealed class EveryStore;

    /// <summary>Hands out the concrete store under the name that the module's code knows, and sets EF up when the first one is asked for.</summary>
    [SuppressMessage("Performance", "CA1812", Justification = "Created by the container.")]
    private sealed class StoreFactory<TStore, TConcrete>(IServiceProvider services) : IDbContextFactory<TStore>
        where TStore : DbContext
        where TConcrete : TStore
    {
        private readonly Lazy<IDbContextFactory<TConcrete>> _concrete = new(services.GetRequiredService<IDbContextFactory<TConcrete>>);

        public TStore CreateDbContext() => _concrete.Value.CreateDbContext();

        public async Task<TStore> CreateDbContextAsync(CancellationToken cancellationToken) => await _concrete.Value.CreateDbContextAsync(cancellationToken);
    }
}
