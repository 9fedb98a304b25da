using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;

namespace GrokForge.Admin.Tokens;

/// <summary>Walks over all tokens, page by page.</summary>
internal static class AllTokens
{
    public static async Task<List<T>> ReadAsync<T>(ITokenAdmin tokens, string status, Func<TokenView, T> select, CancellationToken cancellationToken)
    {
        List<T> all = [];
        for (var page = 1; ; page++)
        {
            var reply = await tokens.ListAsync(new ListTokensRequest { Page = page, PageSize = Paging.LargestSize, Status = status, Sort = "id" }, cancellationToken);
            all.AddRange(reply.Tokens.Select(select));
            if (reply.Tokens.Count < Paging.LargestSize)
                return all;
        }
    }
}
