using System.Text;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Admin.Tokens;

/// <summary>The body of PUT /admin/tokens/{id}: what is given is changed.</summary>
internal sealed record TokenChange(string? Status, string? Pool, int? Priority, string? Remark, int? MaxInflight, Dictionary<string, int>? Quotas)
{
    private const int LongestRemark = 500;

    /// <summary>The change in the contract's words, or what is wrong with it.</summary>
    public (UpdateTokenRequest? Request, AdminError? Error) ToRequest(long id, ModelCatalog catalog)
    {
        var request = new UpdateTokenRequest { Id = id };
        if (Status is not null)
        {
            if (Status is not ("active" or "disabled"))
                return (null, AdminError.Bad("invalid_status", "status: active or disabled.", "status"));
            request.Status = Status;
            request.Reason = Status == "disabled" ? "manual disable" : "";
        }

        if (Pool is not null)
        {
            if (Pools.Canonical(Pool) is not { } pool)
                return (null, TokenFaults.UnknownPool(Pool));
            request.Pool = pool;
        }

        if (Remark is not null)
        {
            if (Encoding.UTF8.GetByteCount(Remark) > LongestRemark || Remark.Contains('\0'))
                return (null, AdminError.Bad("remark_too_long", $"remark: at most {LongestRemark} bytes, without NUL.", "remark"));
            request.Remark = Remark;
        }

        if (QuotaError(catalog) is { } error)
            return (null, error);
        foreach (var (mode, units) in Quotas ?? [])
            request.Quotas[mode] = units;
        if (Priority is { } priority)
            request.Priority = priority;
        if (MaxInflight is { } cap)
            request.MaxInflight = cap;
        return (request, null);
    }

    private AdminError? QuotaError(ModelCatalog catalog)
    {
        foreach (var (mode, units) in Quotas ?? [])
        {
            if (catalog.FindMode(mode) is null)
                return AdminError.Bad("unknown_mode", $"quotas: there is no mode {mode}.", "quotas");
            if (units < 0)
                return AdminError.Bad("invalid_quota", $"quotas: {mode} must be 0 or more.", "quotas");
        }

        return null;
    }
}
