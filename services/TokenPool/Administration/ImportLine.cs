using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.TokenPool.Ledger;
using Grpc.Core;

namespace GrokForge.TokenPool.Administration;

/// <summary>One pasted line, cleaned and checked.</summary>
/// <param name="Problem">Why it cannot be imported; empty: it can.</param>
internal sealed record ImportLine(int Index, string Secret, string Pool, TokenState State, int Priority, string Remark, string Problem)
{
    private const int MinLength = 20;
    private const int MaxLength = 4096;
    private const string CookieName = "sso=";
    private const string ApiKeyStart = "xai-";

    /// <summary>Reads a line such as <c> sso=eyJ0…; sso-rw=eyJ0… </c>.</summary>
    public static ImportLine Read(int index, ImportTokenLine line)
    {
        var secret = Clean(line.Text);
        var problem = ProblemOf(secret);
        var (pool, state) = (IsApiKey(secret) ? Pools.Xai : Pools.Canonical(line.Pool), TokenState.Active);
        if (problem.Length == 0 && pool is null)
            problem = $"pool: '{line.Pool}' is unknown.";
        if (problem.Length == 0)
        {
            try
            {
                state = line.Status.Length == 0 ? TokenState.Active : TokenEdit.State(line.Status);
                TokenEdit.CheckRemark(line.Remark);
            }
            catch (RpcException e)
            {
                problem = e.Status.Detail;
            }
        }
        return new ImportLine(index, secret, pool ?? "", state, line.Priority, line.Remark, problem);
    }

    public static string Clean(string text)
    {
        var clean = string.Concat(text.Where(c => c is not ('\r' or '\n' or '\0'))).Trim();
        if (clean.StartsWith(CookieName, StringComparison.OrdinalIgnoreCase))
            clean = clean[CookieName.Length..];
        var end = clean.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? clean : clean[..end]).Trim();
    }

    /// <summary>A key of the official API is of no use in any other pool.</summary>
    private static bool IsApiKey(string secret) => secret.StartsWith(ApiKeyStart, StringComparison.Ordinal);

    private static string ProblemOf(string secret) => secret.Length switch
    {
        0 => "The line is empty.",
        < MinLength => "A token has at least 20 characters.",
        > MaxLength => "A token has at most 4096 characters.",
        _ => secret.All(c => c is > ' ' and < '\x7f') ? "" : "A token has no spaces and only ASCII characters.",
    };
}
