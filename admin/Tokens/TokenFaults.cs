using System.Globalization;
using GrokForge.Admin.Rim;
using Grpc.Core;

namespace GrokForge.Admin.Tokens;

/// <summary>The token routes' own words for what can be wrong.</summary>
internal static class TokenFaults
{
    public static readonly IReadOnlyList<string> Statuses = ["active", "disabled", "expired", "exhausted"];

    public static AdminError InvalidId { get; } = AdminError.Bad("invalid_id", "The id must be a positive whole number.");

    public static AdminError Missing(long id) => AdminError.Missing("token_not_found", $"There is no token {id}.");

    public static AdminError UnknownPool(string pool) =>
        AdminError.Bad("invalid_pool", $"pool: {pool} is not one of basic, super, heavy, xai.", "pool");

    public static AdminError? StatusFilter(string status) =>
        status.Length == 0 || Statuses.Contains(status) ? null : AdminError.Bad("invalid_status", "status: active, disabled, expired or exhausted.", "status");

    public static long? Id(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0 ? id : null;

    /// <summary>Answers the reply, or the route's own 404 where the contract knows no such token.</summary>
    public static async Task<IResult> OrMissing(long id, Func<Task<IResult>> call)
    {
        try
        {
            return await call();
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return Missing(id);
        }
    }
}
