using Microsoft.EntityFrameworkCore;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>What the migrator knows of a store without loading its model: schema, the migrations of this binary, and how to apply them.</summary>
/// <param name="Migrations">Ids, oldest first.</param>
internal sealed record StoreRegistration(string Schema, IReadOnlyList<string> Migrations, Func<IServiceProvider, CancellationToken, Task> MigrateAsync)
{
    public string HistoryTable => StoreModule.HistoryTable(Schema);

    public static StoreRegistration Of<TConcrete>(string schema) where TConcrete : DbContext, IMigratedStore => new(schema, TConcrete.Migrations, ApplyAsync<TConcrete>);

    private static async Task ApplyAsync<TConcrete>(IServiceProvider services, CancellationToken cancellationToken) where TConcrete : DbContext
    {
        await using var store = await services.GetRequiredService<IDbContextFactory<TConcrete>>().CreateDbContextAsync(cancellationToken);
        await store.Database.MigrateAsync(cancellationToken);
    }
}
