using System.Text.RegularExpressions;
using Grpc.Core;

namespace GrokForge.Admin.Rim;

/// <summary>Reads an INVALID_ARGUMENT: one line per error, each beginning with its field, e.g. rate_limit: 0 (no limit) or more.</summary>
internal static partial class RpcFaults
{
    public static AdminError BadFields(RpcException fault)
    {
        var errors = Read(fault);
        return errors switch
        {
            [] => AdminError.Bad("invalid_value", fault.Status.Detail),
            [var only] => AdminError.Bad(CodeOf(only), $"{only.Param}: {only.Message}", only.Param),
            [var first, ..] => new AdminError(
                StatusCodes.Status400BadRequest, CodeOf(first), string.Join("; ", errors.Select(e => $"{e.Param}: {e.Message}")), first.Param, errors),
        };
    }

    public static IReadOnlyList<FieldError> Read(RpcException fault) =>
    [
        .. fault.Status.Detail.Split('\n').Select(line => Line().Match(line)).Where(m => m.Success)
            .Select(m => new FieldError(m.Groups["field"].Value, m.Groups["message"].Value)),
    ];

    private static string CodeOf(FieldError error) => error.Param switch
    {
        "status" => "invalid_status",
        "pool" => "invalid_pool",
        "name" => "invalid_name",
        "expires_at" => "invalid_expires_at",
        "remark" => "remark_too_long",
        "quotas" => error.Message.Contains("no mode", StringComparison.Ordinal) ? "unknown_mode" : "quota_exceeds_limit",
        "token.selection_algorithm" => "invalid_algorithm",
        _ => "invalid_value",
    };

    [GeneratedRegex(@"^(?<field>[A-Za-z0-9_.\[\]-]+): (?<message>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
