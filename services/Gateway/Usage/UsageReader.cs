using GrokForge.Contracts.Usage;
using GrokForge.Gateway.Store;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Gateway.Usage;

/// <summary>Answers questions about recorded usage.</summary>
internal sealed class UsageReader(IDbContextFactory<GatewayStore> stores) : IUsageQueries
{
    public async Task<ListUsageReply> ListAsync(ListUsageRequest request, CancellationToken cancellationToken)
    {
        var page = Math.Max(1, request.Page);
        var size = request.PageSize is >= 1 and <= 100 ? request.PageSize : 20;
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var total = await store.Usage.LongCountAsync(cancellationToken);
        var skip = (long)(page - 1) * size;
        if (skip >= total)
            return new ListUsageReply { Total = total };

        var rows = await store.Usage.AsNoTracking().OrderByDescending(u => u.Id).Skip((int)Math.Min(skip, int.MaxValue)).Take(size).ToListAsync(cancellationToken);
        return new ListUsageReply { Total = total, Rows = { rows.Select(r => r.ToView()) } };
    }
}
