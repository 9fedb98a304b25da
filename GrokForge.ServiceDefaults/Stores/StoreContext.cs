using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Base of each service's context: one schema on Postgres, one table prefix on SQLite, snake_case names, instants that sort on both.</summary>
public abstract class StoreContext(DbContextOptions options, string schema) : DbContext(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        var sqlite = Database.IsSqlite();
        if (sqlite)
            configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicksConverter>();
        configurationBuilder.Conventions.Add(_ => new StoreNaming(schema, sqlite));
    }

    /// <summary>Keeps instants as UTC ticks: SQLite has no type for them, and text would not sort or compare.</summary>
    private sealed class UtcTicksConverter() : ValueConverter<DateTimeOffset, long>(instant => instant.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}
