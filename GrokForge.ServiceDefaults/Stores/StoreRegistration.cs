using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>What the migrator knows of a store without loading its model: schema, the migrations of this binary, and how to apply them.</summary>
/// <param name="Migrations">Ids, oldest first.</param>
/// <param name="Warm">Builds the store's model, so that the first request does not.</param>
internal sealed record StoreRegistration(
    string Schema, IReadOnlyList<string> Migrations, Func<IServiceProvider, CancellationToken, Task> MigrateAsync, Action<IServiceProvider> Warm)
{
    public string HistoryTable => StoreModule.HistoryTable(Schema);

    public static StoreRegistration Of<TConcrete>(string schema) where TConcrete : DbContext => new(
        schema, MigrationsOf(typeof(TConcrete)),
        async (services, cancellationToken) =>
        {
            await using var store = await services.GetRequiredService<IDbContextFactory<TConcrete>>().CreateDbContextAsync(cancellationToken);
            await store.Database.MigrateAsync(cancellationToken);
        },
        services =>
        {
            using var store = services.GetRequiredService<IDbContextFactory<TConcrete>>().CreateDbContext();
            _ = store.Model;
        });

    private static string[] MigrationsOf(Type store) =>
    [
        .. store.Assembly.GetTypes()
            .Where(t => t.IsSubclassOf(typeof(Migration)) && t.GetCustomAttribute<DbContextAttribute>()?.ContextType == store)
            .Select(t => t.GetCustomAttribute<MigrationAttribute>()!.Id)
            .Order(StringComparer.Ordinal),
    ];
}
