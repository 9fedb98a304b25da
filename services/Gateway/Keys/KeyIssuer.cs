using GrokForge.Contracts.Events;
using GrokForge.Contracts.Keys;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Gateway.Keys;

/// <summary>Issues, changes and deletes virtual keys. The clear text leaves this class once and is kept nowhere.</summary>
internal sealed class KeyIssuer(IDbContextFactory<GatewayStore> stores, StoreReader reader, KeyDirectory directory, EventPublisher publisher, TimeProvider time)
    : IVirtualKeys
{
    private const int EditTries = 5;

    public async Task<ListKeysReply> ListAsync(ListKeysRequest request, CancellationToken cancellationToken)
    {
        var page = Math.Max(1, request.Page);
        var size = request.PageSize is >= 1 and <= 100 ? request.PageSize : 20;
        var now = time.GetUtcNow();
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var keys = WithStatus(store.VirtualKeys.AsNoTracking(), request.Status, now);
        var total = await keys.CountAsync(cancellationToken);
        var rows = (page - 1L) * size >= total
            ? []
            : await keys.OrderByDescending(k => k.Id).Skip((page - 1) * size).Take(size).ToListAsync(cancellationToken);
        return new ListKeysReply { Total = total, Keys = { rows.Select(k => k.ToView(now)) } };
    }

    public async Task<VirtualKeyView> GetAsync(KeyRef request, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var row = await store.VirtualKeys.AsNoTracking().SingleOrDefaultAsync(k => k.Id == request.Id, cancellationToken) ?? throw Missing(request.Id);
        return row.ToView(time.GetUtcNow());
    }

    public async Task<CreatedKey> CreateAsync(CreateKeyRequest request, CancellationToken cancellationToken)
    {
        var text = KeyText.Create();
        var now = time.GetUtcNow();
        var row = new VirtualKey
        {
            Hash = KeyText.Hash(text),
            Masked = KeyText.Mask(text),
            Name = KeyFields.Name(request.Name),
            Status = VirtualKey.Active,
            ModelWhitelist = KeyFields.Whitelist(request.ModelWhitelist),
            RateLimit = KeyFields.Limit("rate_limit", request.RateLimit),
            DailyLimit = KeyFields.Limit("daily_limit", request.DailyLimit),
            ExpiresAt = KeyFields.Expiry(request.ExpiresAt),
            ReasoningFormat = KeyFields.ReasoningFormat(request.ReasoningFormat),
            CreatedAt = now,
            UpdatedAt = now,
        };
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        store.VirtualKeys.Add(row);
        await store.SaveChangesAsync(cancellationToken);
        Announce(row.Id, row.Hash, row.Version);
        return new CreatedKey { Id = row.Id, Key = text, Name = row.Name };
    }

    public async Task<VirtualKeyView> UpdateAsync(UpdateKeyRequest request, CancellationToken cancellationToken)
    {
        var row = await EditAsync(request.Id, k => Apply(request, k), cancellationToken);
        Announce(row.Id, row.Hash, row.Version);
        return row.ToView(time.GetUtcNow());
    }

    public async Task<CreatedKey> RegenerateAsync(KeyRef request, CancellationToken cancellationToken)
    {
        var text = KeyText.Create();
        byte[] former = [];
        var row = await EditAsync(
            request.Id,
            k =>
            {
                former = k.Hash;
                k.Hash = KeyText.Hash(text);
                k.Masked = KeyText.Mask(text);
            },
            cancellationToken);
        Announce(row.Id, former, row.Version);
        Announce(row.Id, row.Hash, row.Version);
        return new CreatedKey { Id = row.Id, Key = text, Name = row.Name };
    }

    public async Task<DeleteKeyReply> DeleteAsync(KeyRef request, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        for (var tries = 1; ; tries++)
        {
            var row = await store.VirtualKeys.SingleOrDefaultAsync(k => k.Id == request.Id, cancellationToken) ?? throw Missing(request.Id);
            store.VirtualKeys.Remove(row);
            try
            {
                await store.SaveChangesAsync(cancellationToken);
                Announce(row.Id, row.Hash, row.Version + 1);
                return new DeleteKeyReply();
            }
            catch (DbUpdateConcurrencyException) when (tries < EditTries)
            {
                store.ChangeTracker.Clear();
            }
        }
    }

    public async Task<KeyCounts> CountsAsync(KeyCountsRequest request, CancellationToken cancellationToken)
    {
        var groups = await reader.ReadAsync(
            "SELECT status, CASE WHEN expires_at IS NOT NULL AND expires_at <= @now THEN 1 ELSE 0 END AS ended, COUNT(*) "
            + $"FROM {reader.Table(GatewayStore.Schema, VirtualKey.Table)} GROUP BY 1, 2",
            [("now", reader.Instant(time.GetUtcNow()))], row => (IsActive: row.Text(0) == VirtualKey.Active, HasEnded: row.Number(1) == 1, Count: (int)row.BigNumber(2)), cancellationToken);
        return new KeyCounts
        {
            Total = groups.Sum(g => g.Count),
            Active = groups.Where(g => g.IsActive && !g.HasEnded).Sum(g => g.Count),
            Inactive = groups.Where(g => !g.IsActive).Sum(g => g.Count),
            Expired = groups.Where(g => g.IsActive && g.HasEnded).Sum(g => g.Count),
        };
    }

    private static IQueryable<VirtualKey> WithStatus(IQueryable<VirtualKey> keys, string status, DateTimeOffset now) => status switch
    {
        "" => keys,
        "active" => keys.Where(k => k.Status == VirtualKey.Active && (k.ExpiresAt == null || k.ExpiresAt > now)),
        "expired" => keys.Where(k => k.Status == VirtualKey.Active && k.ExpiresAt != null && k.ExpiresAt <= now),
        "inactive" => keys.Where(k => k.Status == VirtualKey.Inactive),
        _ => keys.Where(k => false),
    };

    private static void Apply(UpdateKeyRequest request, VirtualKey key)
    {
        if (request.HasName)
            key.Name = KeyFields.Name(request.Name);
        if (request.HasStatus)
            key.Status = KeyFields.Status(request.Status);
        if (request.SetWhitelist)
            key.ModelWhitelist = KeyFields.Whitelist(request.ModelWhitelist);
        if (request.HasRateLimit)
            key.RateLimit = KeyFields.Limit("rate_limit", request.RateLimit);
        if (request.HasDailyLimit)
            key.DailyLimit = KeyFields.Limit("daily_limit", request.DailyLimit);
        if (request.HasExpiresAt)
            key.ExpiresAt = KeyFields.Expiry(request.ExpiresAt);
        if (request.HasReasoningFormat)
            key.ReasoningFormat = KeyFields.ReasoningFormat(request.ReasoningFormat);
    }

    private async Task<VirtualKey> EditAsync(long id, Action<VirtualKey> edit, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        for (var tries = 1; ; tries++)
        {
            var row = await store.VirtualKeys.SingleOrDefaultAsync(k => k.Id == id, cancellationToken) ?? throw Missing(id);
            edit(row);
            row.Version++;
            row.UpdatedAt = time.GetUtcNow();
            try
            {
                await store.SaveChangesAsync(cancellationToken);
                return row;
            }
            catch (DbUpdateConcurrencyException) when (tries < EditTries)
            {
                store.ChangeTracker.Clear();
            }
        }
    }

    // After the commit: at once here, over the bus on the other replicas.
    private void Announce(long id, byte[] hash, long version)
    {
        directory.Drop(KeyHash.Of(hash), version);
        publisher.Publish(new VirtualKeyChanged(id, Convert.ToHexStringLower(hash), version));
    }

    private static RpcException Missing(long id) => new(new Status(StatusCode.NotFound, $"There is no key {id}."));
}
