using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GrokForge.Gateway.SettingsOverrides;

/// <summary>A row of <c>gateway.settings</c>: one saved override, or the version of them all.</summary>
internal sealed class SavedSetting
{
    public required string Key { get; init; }

    public required string Value { get; set; }

    /// <summary>Maps the row.</summary>
    internal sealed class Map : IEntityTypeConfiguration<SavedSetting>
    {
        public void Configure(EntityTypeBuilder<SavedSetting> builder)
        {
            builder.ToTable("settings");
            builder.HasKey(s => s.Key);
            builder.Property(s => s.Key).HasMaxLength(256);
            // Two writers who read the same version: the second finds the version row changed, and nothing of its save happens.
            builder.Property(s => s.Value).IsConcurrencyToken();
        }
    }
}
