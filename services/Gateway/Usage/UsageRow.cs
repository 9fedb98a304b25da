using GrokForge.Contracts.Usage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace GrokForge.Gateway.Usage;

/// <summary>A row of <c>gateway.usage</c>: one finished request.</summary>
internal sealed class UsageRow
{
    public const string Table = "usage";

    public long Id { get; init; }

    /// <summary>The entry's own id: a row is never there twice, however often it is sent. Null: written by a version that had none.</summary>
    public Guid? EntryId { get; init; }

    public required string RequestId { get; init; }
    public required long KeyId { get; init; }
    public required string KeyName { get; init; }
    public required string Model { get; init; }
    public required string Endpoint { get; init; }
    public required long TokenId { get; init; }
    public required string Pool { get; init; }
    public required string Route { get; init; }
    public required int Status { get; init; }
    public required string Outcome { get; init; }
    public required int PromptTokens { get; init; }
    public required int CompletionTokens { get; init; }
    public required int ReasoningTokens { get; init; }
    public required int CachedTokens { get; init; }
    public required bool Estimated { get; init; }

    /// <summary>Null: no answer byte came.</summary>
    public required int? FirstByteMs { get; init; }

    public required int DurationMs { get; init; }
    public required int Attempts { get; init; }
    public required string Notes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public static UsageRow From(UsageEntry entry, string keyName) => new()
    {
        EntryId = entry.Id,
        RequestId = Cut(entry.RequestId, 128),
        KeyId = entry.KeyId,
        KeyName = Cut(keyName, 128),
        Model = Cut(entry.Model, UsageEntry.MaxModelLength),
        Endpoint = Cut(entry.Endpoint, 64),
        TokenId = entry.TokenId,
        Pool = Cut(entry.Pool, 32),
        Route = Cut(entry.Route, 32),
        Status = entry.Status,
        Outcome = Cut(entry.Outcome, 64),
        PromptTokens = entry.PromptTokens,
        CompletionTokens = entry.CompletionTokens,
        ReasoningTokens = entry.ReasoningTokens,
        CachedTokens = entry.CachedTokens,
        Estimated = entry.Estimated,
        FirstByteMs = entry.FirstByteMs,
        DurationMs = entry.DurationMs,
        Attempts = entry.Attempts,
        Notes = Cut(entry.Notes, 256),
        CreatedAt = entry.CreatedAt.ToUniversalTime(),
    };

    public UsageView ToView() => new()
    {
        Id = Id,
        RequestId = RequestId,
        KeyId = KeyId,
        KeyName = KeyName,
        Model = Model,
        Endpoint = Endpoint,
        TokenId = TokenId,
        Pool = Pool,
        Route = Route,
        Status = Status,
        Outcome = Outcome,
        PromptTokens = PromptTokens,
        CompletionTokens = CompletionTokens,
        ReasoningTokens = ReasoningTokens,
        CachedTokens = CachedTokens,
        Estimated = Estimated,
        FirstByteMs = FirstByteMs ?? -1,
        DurationMs = DurationMs,
        Attempts = Attempts,
        Notes = Notes,
        CreatedAt = CreatedAt.ToUnixTimeMilliseconds(),
    };

    /// <summary>Cuts a text and makes it fit for a database: Postgres refuses NUL and half a surrogate pair.</summary>
    private static string Cut(string text, int length)
    {
        if (text.Length > length)
            text = text[..(char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
        if (text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
            text = string.Concat(text.EnumerateRunes());
        return text.Replace('\0', ' ');
    }

    /// <summary>Maps the row.</summary>
    internal sealed class Map : IEntityTypeConfiguration<UsageRow>
    {
        public void Configure(EntityTypeBuilder<UsageRow> builder)
        {
            builder.ToTable(Table);
            builder.HasKey(u => u.Id);
            builder.Property(u => u.RequestId).HasMaxLength(128);
            builder.Property(u => u.KeyName).HasMaxLength(128);
            builder.Property(u => u.Model).HasMaxLength(UsageEntry.MaxModelLength);
            builder.Property(u => u.Endpoint).HasMaxLength(64);
            builder.Property(u => u.Pool).HasMaxLength(32);
            builder.Property(u => u.Route).HasMaxLength(32);
            builder.Property(u => u.Outcome).HasMaxLength(64);
            builder.Property(u => u.ReasoningTokens).HasDefaultValue(0);
            builder.Property(u => u.CachedTokens).HasDefaultValue(0);
            builder.Property(u => u.Notes).HasMaxLength(256).HasDefaultValue("");
            builder.HasIndex(u => u.CreatedAt);
            builder.HasIndex(u => u.EntryId).IsUnique();
        }
    }
}
