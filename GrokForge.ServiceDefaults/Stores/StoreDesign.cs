using Microsoft.EntityFrameworkCore;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Options for <c>dotnet ef</c>, which builds models and never connects.</summary>
public static class StoreDesign
{
    public static DbContextOptions<TStore> Options<TStore>(DatabaseKind kind) where TStore : DbContext
    {
        var builder = new DbContextOptionsBuilder<TStore>();
        return (kind == DatabaseKind.Postgres ? builder.UseNpgsql("Host=design") : builder.UseSqlite("Data Source=design.db")).Options;
    }
}
