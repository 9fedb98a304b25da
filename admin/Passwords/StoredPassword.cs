using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GrokForge.Admin.Passwords;

/// <summary>The one row of <c>admin.passwords</c>: the slow hash of the generated password, which counts while <c>app.app_key</c> is empty.</summary>
internal sealed class StoredPassword
{
    public const string Table = "passwords";
    public const int OnlyId = 1;

    public required int Id { get; init; }

    /// <summary>In the form of <see cref="SlowHash"/>.</summary>
    public required string Hash { get; set; }

    public required DateTimeOffset CreatedAt { get; set; }

    /// <summary>Maps the row.</summary>
    internal sealed class Map : IEntityTypeConfiguration<StoredPassword>
    {
        public void Configure(EntityTypeBuilder<StoredPassword> builder)
        {
            builder.ToTable(Table);
            builder.HasKey(p => p.Id);
            builder.Property(p => p.Id).ValueGeneratedNever();
            builder.Property(p => p.Hash).HasMaxLength(256);
        }
    }
}
