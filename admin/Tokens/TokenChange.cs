using System.Text;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Admin.Tokens;

/// <summary>The body of PUT /admin/tokens/{id}: what is given is changed.</summary>
internal sealed record TokenChange(string? Status, string? Pool, int? Priority, string? Remark, int? MaxInflight, Dictionary<string, int>? Quotas)
{
    public const string RemarkRule = "remark: at most 500 bytes, without control characters.";
    private const int LongestRemark = 500;

    public static bool IsRemark(string remark) => Encoding.UTF8.GetByteCount(remark) <= LongestRemark && !remark.Any(char.IsControl);

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
            if (!IsRemark(Remark))
                return (null, AdminError.Bad("remark_too_long", RemarkRule, "remark"));
            request.Remark = Remark;
        }

        if (QuotaError(Quotas, catalog) is { } error)
            return (null, error);
        foreach (var (mode, units) in Quotas ?? [])
            request.Quotas[mode] = units;
        if (Priority is { } priority)
            request.Priority = priority;
        if (MaxInflight is { } cap)
            request.MaxInflight = cap;
        return (request, null);
    }

    public static AdminError? QuotaError(Dictionary<string, int>? quotas, ModelCatalog catalog)
    {
        foreach (var (mode, units) in quotas ?? [])
        {
            if (catalog.FindMode(mode) is null)
                return AdminError.Bad("unknown_mode", $"quotas: there is no mode {mode}.", "quotas");
            if (units < 0)
                return AdminError.Bad("invalid_quota", $"quotas: {mode} must be 0 or more.", "quotas");
        }

        return null;
    }
}
