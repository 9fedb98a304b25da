using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.ServiceDefaults.Stores;
using GrokForge.TokenPool.Ledger;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Tokens;

/// <summary>
/// Writes live figures of many tokens in one statement. A row that has seen a later rev or a later administrative change stays as it is.
/// </summary>
internal sealed class TokenWriter(IDbContextFactory<TokenStore> stores, Database database, TimeProvider time)
{
    // The figures travel as one JSON array: the same call on both databases, and no parameter per token.
    private const string PostgresRows =
        "json_to_recordset({0}::json) AS v(id bigint, status text, reason text, fails int, used bigint, exhausted boolean, quotas text, rev bigint, generation int)";

    private const string SqliteRows =
        "(SELECT value->>'id' AS id, value->>'status' AS status, value->>'reason' AS reason, value->>'fails' AS fails, value->>'used' AS used, "
        + "value->>'exhausted' AS exhausted, value->>'quotas' AS quotas, value->>'rev' AS rev, value->>'generation' AS generation FROM json_each({0})) AS v";

    private readonly string _sql =
        $"UPDATE {database.Table(TokenStore.Schema, TokenStore.Table)} AS t SET status = v.status, "
        + "status_reason = CASE WHEN v.reason = '' THEN t.status_reason ELSE v.reason END, fail_count = v.fails, "
        + "updated_at = CASE WHEN v.status = t.status THEN t.updated_at ELSE {1} END, "
        + "last_used = CASE WHEN v.used > t.last_used THEN v.used ELSE t.last_used END, "
        + $"exhausted = v.exhausted, quotas = v.quotas, rev = v.rev, recent = '' FROM {(database.Kind == DatabaseKind.Postgres ? PostgresRows : SqliteRows)} "
        + "WHERE t.id = v.id AND t.rev < v.rev AND t.generation <= v.generation";

    /// <returns>How many rows changed.</returns>
    public async Task<int> WriteAsync(IReadOnlyList<LedgerTokenView> tokens, CancellationToken cancellationToken)
    {
        if (tokens.Count == 0)
            return 0;
        var figures = new LiveFigures[tokens.Count];
        for (var i = 0; i < figures.Length; i++)
            figures[i] = LiveFigures.Of(tokens[i]);
        var json = JsonSerializer.Serialize(figures, LiveFiguresJson.Default.LiveFiguresArray);

        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        return await store.Database.ExecuteSqlRawAsync(_sql, [json, database.Instant(time.GetUtcNow())], cancellationToken);
    }
}

/// <summary>What the write-behind writes of one token.</summary>
internal sealed record LiveFigures(
    [property: JsonPropertyName("id")] long Id, [property: JsonPropertyName("status")] string Status, [property: JsonPropertyName("reason")] string Reason,
    [property: JsonPropertyName("fails")] int Fails, [property: JsonPropertyName("used")] long Used, [property: JsonPropertyName("exhausted")] bool Exhausted,
    [property: JsonPropertyName("quotas")] string Quotas, [property: JsonPropertyName("rev")] long Rev, [property: JsonPropertyName("generation")] int Generation)
{
    public static LiveFigures Of(LedgerTokenView token) => new(
        token.Id, token.State.Name(), token.Reason, token.FailCount, token.LastUsed?.ToUnixTimeMilliseconds() ?? 0,
        TokenRow.IsExhausted(token.State, token.Quotas), QuotaJson.Write(token.Quotas), token.Rev, token.Generation);
}

/// <summary>Generated JSON code of <see cref="TokenWriter"/>.</summary>
[JsonSerializable(typeof(LiveFigures[]))]
internal sealed partial class LiveFiguresJson : JsonSerializerContext;
