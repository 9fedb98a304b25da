namespace GrokForge.ServiceDefaults.Stores;

/// <summary>The switches of the Aspire Postgres integration that act here, read from its own configuration section.</summary>
internal sealed record NpgsqlStoreOptions(bool DisableRetry, bool DisableHealthChecks, bool DisableTracing, bool DisableMetrics, int CommandTimeoutSeconds)
{
    private const string Section = "Aspire:Npgsql:EntityFrameworkCore:PostgreSQL";

    public static NpgsqlStoreOptions From(IConfiguration configuration)
    {
        return new NpgsqlStoreOptions(Flag("DisableRetry"), Flag("DisableHealthChecks"), Flag("DisableTracing"), Flag("DisableMetrics"), int.TryParse(Value("CommandTimeout"), out var seconds) ? seconds : 15);

        string? Value(string key) => configuration[$"{Section}:{Database.Name}:{key}"] ?? configuration[$"{Section}:{key}"];
        bool Flag(string key) => bool.TryParse(Value(key), out var on) && on;
    }
}
