using GrokForge.ServiceDefaults.Stores;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Tokens;

/// <summary>The token pool's tables.</summary>
internal abstract class TokenStore(DbContextOptions options) : StoreContext(options, Schema)
{
    public const string Schema = "tokenpool";
    public const string Table = "tokens";

    public DbSet<TokenRow> Tokens => Set<TokenRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TokenRow>(token =>
        {
            token.ToTable(Table);
            token.HasKey(t => t.Id);
            token.Property(t => t.Id).ValueGeneratedOnAdd();
            token.Property(t => t.Pool).HasMaxLength(16);
            token.Property(t => t.Status).HasMaxLength(16).HasConversion(s => s.Name(), s => TokenStateNames.Parse(s));
            token.Property(t => t.StatusReason).HasMaxLength(256);
            token.Property(t => t.ProposedPool).HasMaxLength(16);
            token.Property(t => t.Remark).HasMaxLength(500);
            // Each administrative change raises it: the later of two at the same time starts again.
            token.Property(t => t.Generation).IsConcurrencyToken();
            // And an edit must not lower the rev to which a row has counted leases.
            token.Property(t => t.Recent).IsConcurrencyToken();
            token.HasIndex(t => t.Fingerprint).IsUnique();
            // Not by last_used or exhausted: the write-behind changes those all the time.
            token.HasIndex(t => new { t.Status, t.Id });
        });
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>The tables on PostgreSQL.</summary>
internal sealed class PostgresTokenStore(DbContextOptions<PostgresTokenStore> options) : TokenStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261122200744_FirstTokens", "20261123150200_CountedLeases", "20261123163000_ProposedPools"];
}

/// <summary>The tables on SQLite.</summary>
internal sealed class SqliteTokenStore(DbContextOptions<SqliteTokenStore> options) : TokenStore(options), IMigratedStore
{
    public static IReadOnlyList<string> Migrations { get; } = ["20261122200757_FirstTokens", "20261123150210_CountedLeases", "20261123163010_ProposedPools"];
}
