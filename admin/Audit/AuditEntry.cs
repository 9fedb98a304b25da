using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GrokForge.Admin.Audit;

/// <summary>A row of <c>admin.audit</c>: something was done that must not go unnoticed. Rows are only added.</summary>
internal sealed class AuditEntry
{
    public const int LongestDetail = 1000;

    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>What was done, such as tokens.export_raw.</summary>
    public required string Action { get; init; }

    /// <summary>How the caller was let in: session, password or verb.</summary>
    public required string Caller { get; init; }

    /// <summary>The caller's address, or that of the gateway or ingress before it.</summary>
    public required string Address { get; init; }

    /// <summary>To what it was done; never a secret.</summary>
    public required string Detail { get; init; }

    /// <summary>Maps the row.</summary>
    internal sealed class Map : IEntityTypeConfiguration<AuditEntry>
    {
        public void Configure(EntityTypeBuilder<AuditEntry> builder)
        {
            builder.ToTable("audit");
            builder.HasKey(e => e.Id);
            builder.Property(e => e.Id).ValueGeneratedNever();
            builder.Property(e => e.Action).HasMaxLength(64);
            builder.Property(e => e.Caller).HasMaxLength(16);
            builder.Property(e => e.Address).HasMaxLength(64);
            builder.Property(e => e.Detail).HasMaxLength(LongestDetail);
            builder.HasIndex(e => e.At);
        }
    }
}
