using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using Grpc.Core;

namespace GrokForge.TokenPool.Administration;

/// <summary>One pasted line, cleaned and checked.</summary>
/// <param name="Problem">Why it cannot be imported; empty: it can.</param>
internal sealed record ImportLine(int Index, string Secret, string Pool, TokenState State, int Priority, string Remark, string Problem, bool IsDryRun)
{
    private const int MinLength = 20;
    private const int MaxLength = 4096;
    private const string ApiKeyStart = "xai-";

    /// <summary>Reads a line such as <c> sso=eyJ0…; sso-rw=eyJ0… </c>; what the line says of itself outranks what was asked for all.</summary>
    public static ImportLine Read(int index, ImportTokenLine line)
    {
        var text = ImportText.Read(line.Text);
        var (askedPool, status, remark) = (text.Pool ?? line.Pool, text.Status ?? line.Status, text.Remark ?? line.Remark);
        var problem = text.Problem.Length > 0 ? text.Problem : ProblemOf(text.Secret);
        var (pool, state) = (IsApiKey(text.Secret) ? Pools.Xai : Pools.Canonical(askedPool), TokenState.Active);
        if (problem.Length == 0 && pool is null)
            problem = $"pool: '{askedPool}' is unknown.";
        if (problem.Length == 0)
        {
            try
            {
                state = status.Length == 0 ? TokenState.Active : TokenEdit.State(status);
                TokenEdit.CheckRemark(remark);
            }
            catch (RpcException e)
            {
                problem = e.Status.Detail;
            }
        }
        return new ImportLine(index, text.Secret, pool ?? "", state, text.Priority ?? line.Priority, remark, problem, line.DryRun);
    }

    /// <summary>A key of the official API is of no use in any other pool.</summary>
    private static bool IsApiKey(string secret) => secret.StartsWith(ApiKeyStart, StringComparison.Ordinal);

    private static string ProblemOf(string secret) => secret.Length switch
    {
        0 => "The line is empty.",
        < MinLength when !secret.Contains("****", StringComparison.Ordinal) => "A token has at least 20 characters.",
        > MaxLength => "A token has at most 4096 characters.",
        _ when secret.Contains("****", StringComparison.Ordinal) => "The token is masked; export with raw=true to have it in clear text.",
        _ => secret.All(c => c is > ' ' and < '\x7f') ? "" : "A token has no spaces and only ASCII characters.",
    };
}
