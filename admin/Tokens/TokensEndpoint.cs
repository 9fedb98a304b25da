using GrokForge.Admin.Audit;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Tokens.Import;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Tokens;

/// <summary>Administers upstream tokens over REST.</summary>
internal static class TokensEndpoint
{
    public static void MapTokens(this RouteGroupBuilder gated)
    {
        gated.MapGet("tokens", ListAsync);
        gated.MapGet("tokens/ids", IdsAsync);
        gated.MapGet("tokens/{id}", GetAsync);
        gated.MapPut("tokens/{id}", ChangeAsync);
        gated.MapDelete("tokens/{id}", DeleteAsync);
        gated.MapPost("tokens/batch", BatchAsync);
        gated.MapPost("tokens/import", ImportEndpoint.HandleAsync);
        gated.MapGet("stats/tokens", CountAsync);
        gated.MapPost("tokens/{id}/refresh", TokenRefresh.HandleAsync);
        gated.MapPost("tokens/batch/refresh", BatchRefreshAsync);
    }

    private static async Task<IResult> ListAsync(HttpContext http, ITokenAdmin tokens, CancellationToken cancellationToken)
    {
        var status = http.Request.Query["status"].ToString();
        if (TokenFaults.StatusFilter(status) is { } error)
            return error;

        var paging = Paging.Of(http.Request.Query);
        var request = new ListTokensRequest { Page = paging.Page, PageSize = paging.Size, Status = status, Sort = http.Request.Query["sort"].ToString() };
        var reply = await tokens.ListAsync(request, cancellationToken);
        return AdminJson.Answer(paging.Answer(reply.Tokens.Select(TokenJson.From), reply.Total));
    }

    private static async Task<IResult> IdsAsync(HttpContext http, ITokenAdmin tokens, CancellationToken cancellationToken)
    {
        var status = http.Request.Query["status"].ToString();
        return TokenFaults.StatusFilter(status) is { } error
            ? error
            : AdminJson.Answer(new { ids = await AllTokens.ReadAsync(tokens, status, t => t.Id, cancellationToken) });
    }

    private static async Task<IResult> GetAsync(string id, ITokenAdmin tokens, CancellationToken cancellationToken) =>
        TokenFaults.Id(id) is { } number
            ? await TokenFaults.OrMissing(number, async () => AdminJson.Answer(TokenJson.From(await tokens.GetAsync(new TokenRef { Id = number }, cancellationToken))))
            : TokenFaults.InvalidId;

    private static async Task<IResult> ChangeAsync(
        string id, HttpContext http, ITokenAdmin tokens, CurrentCatalog catalog, CurrentSettings settings, CancellationToken cancellationToken)
    {
        if (TokenFaults.Id(id) is not { } number)
            return TokenFaults.InvalidId;

        var (change, error) = await AdminJson.ReadAsync<TokenChange>(http, settings.Current.App.BodyLimit);
        if (error is not null)
            return error;
        var (request, fault) = change!.ToRequest(number, catalog.Current);
        return fault ?? await TokenFaults.OrMissing(number, async () => AdminJson.Answer(TokenJson.From(await tokens.UpdateAsync(request!, cancellationToken))));
    }

    private static async Task<IResult> DeleteAsync(string id, ITokenAdmin tokens, CancellationToken cancellationToken)
    {
        if (TokenFaults.Id(id) is not { } number)
            return TokenFaults.InvalidId;

        return await TokenFaults.OrMissing(number, async () =>
            (await tokens.DeleteAsync(new TokenRef { Id = number }, cancellationToken)).Deleted ? Results.NoContent() : TokenFaults.Missing(number));
    }

    private static async Task<IResult> BatchAsync(
        HttpContext http, TokenBatch batch, AuditLog audit, CurrentCatalog catalog, CurrentSettings settings, CancellationToken cancellationToken)
    {
        // Pasted lists of tokens are long; only an administrator can send them.
        var app = settings.Current.App;
        var (request, error) = await AdminJson.ReadAsync<TokenBatchRequest>(http, Math.Max(app.BodyLimit, app.ChatBodyLimit));
        if (error is not null)
            return error;
        // Before anything is imported: else the tokens would be in, with other units than were asked for.
        if (TokenChange.QuotaError(request!.Quotas, catalog.Current) is { } fault)
            return fault;
        if ((TokenBatch.ImportFault(request) ?? TokenRefresh.TooMany(request)) is { } unfit)
            return unfit;
        if (request.Operation == "export" && http.Request.Query["raw"] == "true")
        {
            await audit.WriteAsync(http, "tokens.export_raw", request.Ids is { Length: > 0 } ids ? $"tokens {string.Join(", ", ids)}" : "all tokens");
            http.Response.Headers.CacheControl = "no-store";
            return AdminJson.Answer(await batch.ExportRawAsync(request, cancellationToken));
        }

        return await batch.RunAsync(request, cancellationToken) is { } result
            ? AdminJson.Answer(result)
            : AdminError.Bad("invalid_operation", "operation: import, export, enable, disable, refresh or delete.", "operation");
    }

    private static async Task<IResult> BatchRefreshAsync(HttpContext http, TokenBatch batch, CurrentSettings settings, CancellationToken cancellationToken)
    {
        var (request, error) = await AdminJson.ReadAsync<TokenBatchRequest>(http, settings.Current.App.BodyLimit);
        if (error is not null)
            return error;
        request = request! with { Operation = "refresh" };
        return TokenRefresh.TooMany(request) is { } tooMany ? tooMany : AdminJson.Answer((await batch.RunAsync(request, cancellationToken))!);
    }

    private static async Task<IResult> CountAsync(ITokenAdmin tokens, CancellationToken cancellationToken)
    {
        var counts = await tokens.CountsAsync(new TokenCountsRequest(), cancellationToken);
        return AdminJson.Answer(new { counts.Total, counts.Active, counts.Exhausted, counts.Expired, counts.Disabled });
    }
}
