using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GrokForge.Admin.Sessions;

/// <summary>A row of <c>admin.sessions</c>: one log-in, known by the hash of its cookie. Logging out deletes it.</summary>
internal sealed class AdminSession
{
    /// <summary>SHA-256 of the cookie's token.</summary>
    public required byte[] TokenHash { get; init; }

    /// <summary>Fingerprint of the password it was opened with: another password ends the session.</summary>
    public required byte[] PasswordStamp { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Maps the row.</summary>
    internal sealed class Map : IEntityTypeConfiguration<AdminSession>
    {
        public void Configure(EntityTypeBuilder<AdminSession> builder)
        {
            builder.ToTable("sessions");
            builder.HasKey(s => s.TokenHash);
            builder.Property(s => s.TokenHash).HasMaxLength(32);
            builder.Property(s => s.PasswordStamp).HasMaxLength(32);
            builder.HasIndex(s => s.ExpiresAt);
        }
    }
}
