using System.Reflection;
using GrokForge.Admin.Store;
using GrokForge.CfRefresh.Clearance;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace GrokForge.Unit.Tests.ServiceDefaults;

public sealed class MigratedStoreTests
{
    [Fact]
    public void Every_store_names_the_migrations_that_its_assembly_holds()
    {
        Assert.Equal(8, Stores.Count);
        Assert.All(Stores, store => Assert.Equal(Held(store), Named(store)));
    }

    private static List<Type> Stores =>
    [
        .. new[] { typeof(GatewayStore), typeof(TokenStore), typeof(AdminStore), typeof(ClearanceStore) }.SelectMany(s => s.Assembly.GetTypes())
            .Where(t => t.IsAssignableTo(typeof(StoreContext)) && !t.IsAbstract),
    ];

    private static IEnumerable<string> Held(Type store) => store.Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(Migration)) && t.GetCustomAttribute<DbContextAttribute>()?.ContextType == store)
        .Select(t => t.GetCustomAttribute<MigrationAttribute>()!.Id)
        .Order(StringComparer.Ordinal);

    private static IReadOnlyList<string> Named(Type store) => (IReadOnlyList<string>)store.GetProperty(nameof(IMigratedStore.Migrations))!.GetValue(null)!;
}
