using System.Runtime.CompilerServices;
using Google.Protobuf;
using GrokForge.Contracts.Tokens;
using GrokForge.TokenPool.Explanations;
using GrokForge.TokenPool.Ledger;
using GrokForge.TokenPool.Tokens;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.TokenPool.Administration;

/// <summary>Administers tokens: reads them from the database with their live figures on top; imports and edits are their own classes.</summary>
internal sealed class TokenAdministration(
    IDbContextFactory<TokenStore> stores, TokenTotals totals, TokenViews views, TokenChanges changes, RoutingExplanations explanations) : ITokenAdmin
{
    private const int DefaultPageSize = 20;
    private const int MaxPageSize = 100;
    private const int RevealedAtOnce = 500;

    public Task<ListTokensReply> ListAsync(ListTokensRequest request, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var found = Filtered(store.Tokens.AsNoTracking(), request.Status);
        var size = request.PageSize is >= 1 and <= MaxPageSize ? request.PageSize : DefaultPageSize;
        var page = Math.Clamp(request.Page, 1, int.MaxValue / MaxPageSize);

        var reply = new ListTokensReply { Total = await found.CountAsync(cancellationToken) };
        var rows = await Sorted(found, request.Sort).Skip((page - 1) * size).Take(size).ToListAsync(cancellationToken);
        reply.Tokens.AddRange(await views.OfAsync(rows, cancellationToken));
        return reply;
    });

    public Task<TokenView> GetAsync(TokenRef request, CancellationToken cancellationToken) => GuardAsync(() => ViewAsync(request.Id, cancellationToken));

    public async IAsyncEnumerable<ImportTokenResult> ImportAsync(
        IAsyncEnumerable<ImportTokenLine> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var results = changes.Import.ImportAsync(lines, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await GuardAsync(async () => await results.MoveNextAsync()))
            yield return results.Current;
    }

    public Task<TokenView> UpdateAsync(UpdateTokenRequest request, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await changes.Edits.UpdateAsync(request, cancellationToken);
        return await ViewAsync(request.Id, cancellationToken);
    });

    public Task<DeleteTokenReply> DeleteAsync(TokenRef request, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        await changes.Edits.DeleteAsync(request.Id, cancellationToken);
        return new DeleteTokenReply { Deleted = true };
    });

    public Task<RefreshTokensReply> RefreshAsync(RefreshTokensRequest request, CancellationToken cancellationToken) =>
        GuardAsync(() => changes.Refreshes.RefreshAsync(request, cancellationToken));

    public async IAsyncEnumerable<RevealedToken> RevealAsync(RevealTokensRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long[] ids = [.. request.Ids];
        for (var after = 0L; ;)
        {
            var page = await GuardAsync(() => SecretsAsync(ids, after, cancellationToken));
            foreach (var token in page)
                yield return token;
            if (page.Count < RevealedAtOnce)
                yield break;
            after = page[^1].Id;
        }
    }

    public Task<TokenCounts> CountsAsync(TokenCountsRequest request, CancellationToken cancellationToken) => GuardAsync(async () =>
    {
        var groups = await totals.ReadAsync(cancellationToken);
        return new TokenCounts
        {
            Total = (int)groups.Sum(g => g.Count),
            Active = (int)groups.Where(g => g.Status == TokenState.Active && !g.Exhausted).Sum(g => g.Count),
            Exhausted = (int)groups.Where(g => g.Status == TokenState.Active && g.Exhausted).Sum(g => g.Count),
            Expired = (int)groups.Where(g => g.Status == TokenState.Expired).Sum(g => g.Count),
            Disabled = (int)groups.Where(g => g.Status == TokenState.Disabled).Sum(g => g.Count),
        };
    });

    public Task<ExplainReply> ExplainAsync(BorrowRequest request, CancellationToken cancellationToken) =>
        GuardAsync(() => explanations.ExplainAsync(request, cancellationToken));

    private async Task<TokenView> ViewAsync(long id, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var row = await store.Tokens.AsNoTracking().FirstOrDefaultAsync(t => t.Id == id, cancellationToken) ?? throw AdminErrors.NotFound(id);
        return (await views.OfAsync([row], cancellationToken))[0];
    }

    private static IQueryable<TokenRow> Filtered(IQueryable<TokenRow> tokens, string status) => status switch
    {
        "" => tokens,
        TokenStateNames.Active => tokens.Where(t => t.Status == TokenState.Active),
        TokenStateNames.Disabled => tokens.Where(t => t.Status == TokenState.Disabled),
        TokenStateNames.Expired => tokens.Where(t => t.Status == TokenState.Expired),
        TokenStateNames.Exhausted => tokens.Where(t => t.Status == TokenState.Active && t.Exhausted),
        _ => throw AdminErrors.Invalid("status", "must be active, disabled, expired or exhausted."),
    };

    private static IQueryable<TokenRow> Sorted(IQueryable<TokenRow> tokens, string sort) => sort switch
    {
        "" or "id" => tokens.OrderBy(t => t.Id),
        "-id" => tokens.OrderByDescending(t => t.Id),
        "last_used" => tokens.OrderBy(t => t.LastUsed).ThenBy(t => t.Id),
        "-last_used" => tokens.OrderByDescending(t => t.LastUsed).ThenBy(t => t.Id),
        "priority" => tokens.OrderBy(t => t.Priority).ThenBy(t => t.Id),
        "-priority" => tokens.OrderByDescending(t => t.Priority).ThenBy(t => t.Id),
        _ => throw AdminErrors.Invalid("sort", "must be id, last_used or priority, with a leading '-' to reverse."),
    };

    private async Task<List<RevealedToken>> SecretsAsync(long[] ids, long after, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var tokens = store.Tokens.AsNoTracking().Where(t => t.Id > after);
        if (ids.Length > 0)
            tokens = tokens.Where(t => ids.Contains(t.Id));
        var rows = await tokens.OrderBy(t => t.Id).Take(RevealedAtOnce).Select(t => new { t.Id, t.Secret }).ToListAsync(cancellationToken);
        return rows.ConvertAll(t => new RevealedToken { Id = t.Id, ProtectedSecret = ByteString.CopyFrom(t.Secret) });
    }

    private static async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception e) when (Outage.Is(e))
        {
            throw Outage.AsRpc(e);
        }
    }
}
