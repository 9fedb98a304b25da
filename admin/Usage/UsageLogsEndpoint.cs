using GrokForge.Admin.Rim;
using GrokForge.Contracts.Usage;

namespace GrokForge.Admin.Usage;

/// <summary>Shows recorded requests, newest first: GET /admin/usage/logs.</summary>
internal static class UsageLogsEndpoint
{
    private static readonly string[] Later = ["sort_by", "sort_dir", "model", "period", "status", "api_key"];

    public static void MapUsageLogs(this RouteGroupBuilder gated) => gated.MapGet("usage/logs", ListAsync);

    private static async Task<IResult> ListAsync(HttpContext http, IUsageQueries usage, CancellationToken cancellationToken)
    {
        // A filter that is not applied would answer with the wrong rows.
        if (Array.Find(Later, name => !string.IsNullOrEmpty(http.Request.Query[name])) is { } filter)
            return AdminError.NotYet($"Usage logs by {filter}");

        var paging = Paging.Of(http.Request.Query);
        var reply = await usage.ListAsync(new ListUsageRequest { Page = paging.Page, PageSize = paging.Size }, cancellationToken);
        return AdminJson.Answer(paging.Answer(reply.Rows.Select(Describe), reply.Total));
    }

    private static object Describe(UsageView row) => new
    {
        row.Id,
        row.RequestId,
        row.TokenId,
        api_key_id = row.KeyId,
        api_key_name = row.KeyName,
        row.Model,
        row.Endpoint,
        row.Route,
        row.Pool,
        row.Status,
        row.Outcome,
        row.DurationMs,
        ttft_ms = row.FirstByteMs < 0 ? (int?)null : row.FirstByteMs,
        cache_tokens = row.CachedTokens,
        tokens_input = row.PromptTokens,
        tokens_output = row.CompletionTokens,
        tokens_reasoning = row.ReasoningTokens,
        row.Estimated,
        row.Attempts,
        row.Notes,
        created_at = Instant.OfMilliseconds(row.CreatedAt),
    };
}
