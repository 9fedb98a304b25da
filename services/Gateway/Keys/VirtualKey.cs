using GrokForge.Contracts.Keys;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GrokForge.Gateway.Keys;

/// <summary>A row of <c>gateway.virtual_keys</c>: a key issued to a client, known by its hash only.</summary>
internal sealed class VirtualKey
{
    public const string Table = "virtual_keys";
    public const string Active = "active";
    public const string Inactive = "inactive";

    public long Id { get; init; }
    public required byte[] Hash { get; set; }
    public required string Masked { get; set; }
    public required string Name { get; set; }
    public required string Status { get; set; }
    public List<string> ModelWhitelist { get; set; } = [];

    /// <summary>Requests per minute; 0: no limit.</summary>
    public int RateLimit { get; set; }

    /// <summary>Requests per UTC day; 0: no limit.</summary>
    public int DailyLimit { get; set; }

    /// <summary>How reasoning is shown to it: think_tags, reasoning_content, both; empty: as app.reasoning_format says.</summary>
    public string ReasoningFormat { get; set; } = "";

    /// <summary>Days since 1970-01-01 UTC that <see cref="UsedToday"/> counts for.</summary>
    public int UsedDay { get; init; }

    public long UsedToday { get; init; }
    public long TotalUsed { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>Rises with every change except usage totals; guards caches and concurrent edits.</summary>
    public long Version { get; set; } = 1;

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; set; }

    public VirtualKeyView ToView(DateTimeOffset now) => new()
    {
        Id = Id,
        Masked = Masked,
        Name = Name,
        Status = Status,
        ModelWhitelist = { ModelWhitelist },
        RateLimit = RateLimit,
        DailyLimit = DailyLimit,
        ReasoningFormat = ReasoningFormat,
        DailyUsed = UsedDay == UtcDay.Of(now) ? UsedToday : 0,
        TotalUsed = TotalUsed,
        LastUsedAt = LastUsedAt?.ToUnixTimeSeconds() ?? 0,
        ExpiresAt = ExpiresAt?.ToUnixTimeSeconds() ?? 0,
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        UpdatedAt = UpdatedAt.ToUnixTimeSeconds(),
    };

    /// <summary>Maps the row.</summary>
    internal sealed class Map : IEntityTypeConfiguration<VirtualKey>
    {
        public void Configure(EntityTypeBuilder<VirtualKey> builder)
        {
            builder.ToTable(Table);
            builder.HasKey(k => k.Id);
            builder.Property(k => k.Hash).HasMaxLength(32);
            builder.HasIndex(k => k.Hash).IsUnique();
            builder.Property(k => k.Masked).HasMaxLength(16);
            builder.Property(k => k.Name).HasMaxLength(128);
            builder.Property(k => k.Status).HasMaxLength(16);
            builder.Property(k => k.ReasoningFormat).HasMaxLength(32).HasDefaultValue("");
            builder.Property(k => k.Version).IsConcurrencyToken();
        }
    }
}
