using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using GrokForge.Admin.Rim;
using GrokForge.Admin.Tokens.Import;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using Grpc.Core;

namespace GrokForge.Admin.Tokens;

/// <summary>Does one thing to many tokens: import, export, enable, disable, refresh, delete.</summary>
internal sealed class TokenBatch(ITokenAdmin tokens, SecretProtector protector)
{
    /// <summary>Null for an operation that does not exist.</summary>
    public async Task<TokenBatchResult?> RunAsync(TokenBatchRequest request, CancellationToken cancellationToken)
    {
        var result = new TokenBatchResult(request.Operation ?? "");
        switch (request.Operation)
        {
            case "import":
                await ImportAsync(request, result, cancellationToken);
                return result;
            case "export":
                await ExportAsync(request, result, cancellationToken);
                return result;
            case "enable":
                await ForEachAsync(request, result, id => tokens.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "active" }, cancellationToken));
                return result;
            case "disable":
                var reason = string.IsNullOrWhiteSpace(request.Remark) ? "manual disable" : request.Remark;
                await ForEachAsync(request, result, id => tokens.UpdateAsync(new UpdateTokenRequest { Id = id, Status = "disabled", Reason = reason }, cancellationToken));
                return result;
            case "refresh":
                await TokenRefresh.RunAsync(tokens, request, result, cancellationToken);
                return result;
            case "delete":
                await ForEachAsync(request, result, id => tokens.DeleteAsync(new TokenRef { Id = id }, cancellationToken));
                return result;
            default:
                return null;
        }
    }

    /// <summary>What an import asks for all its tokens and cannot have: then nothing is read of them.</summary>
    public static AdminError? ImportFault(TokenBatchRequest request) =>
        request.Operation != "import" ? null
        : PoolOf(request) is null ? TokenFaults.UnknownPool(request.Pool!)
        : request.Status is not (null or "" or "active" or "disabled") ? AdminError.Bad("invalid_status", "status: active or disabled.", "status")
        : request.Remark is { } remark && !TokenChange.IsRemark(remark) ? AdminError.Bad("remark_too_long", TokenChange.RemarkRule, "remark")
        : null;

    private static string? PoolOf(TokenBatchRequest request) => Pools.Canonical(request.Pool ?? Pools.Basic);

    private async Task ImportAsync(TokenBatchRequest request, TokenBatchResult result, CancellationToken cancellationToken)
    {
        var index = 0;
        List<string> faults = [];
        result.Import = new ImportCounts();
        var wish = new ImportWish(PoolOf(request)!, request.Priority ?? 0, request.Status is "disabled", request.Remark ?? "", request.DryRun is true);
        await foreach (var (_, line) in wish.ImportAsync(tokens, EntriesAsync(request.Tokens, faults, cancellationToken), cancellationToken))
            await TakeAsync(index++, line, request, result, cancellationToken);
        result.Errors.AddRange(faults.Select(f => new TokenBatchError(null, null, null, f)));
    }

    /// <summary>One text may be a pasted block of lines, or a whole document.</summary>
    /// <param name="faults">Why a text could not be read to its end.</param>
    private static async IAsyncEnumerable<ImportEntry> EntriesAsync(IEnumerable<string?>? texts, List<string> faults, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var text in texts ?? [])
        {
            var input = ImportInput.Of(text ?? "");
            await foreach (var entry in input.ReadAsync(cancellationToken))
                yield return entry;
            if (input.Fault.Length > 0)
                faults.Add(input.Fault);
        }
    }

    private async Task TakeAsync(int index, ImportTokenResult line, TokenBatchRequest request, TokenBatchResult result, CancellationToken cancellationToken)
    {
        result.Import!.Count(line);
        if (!ImportCounts.IsIn(line))
        {
            result.Errors.Add(new TokenBatchError(index, line.TokenId == 0 ? null : line.TokenId, line.Masked.Length == 0 ? null : line.Masked, MessageOf(line)));
            return;
        }

        if (request.Quotas is { Count: > 0 } quotas && request.DryRun is not true)
        {
            try
            {
                await tokens.UpdateAsync(new UpdateTokenRequest { Id = line.TokenId, Quotas = { quotas } }, cancellationToken);
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound)
            {
                result.Errors.Add(new TokenBatchError(index, line.TokenId, line.Masked, $"The token was imported, its quotas were not set: {e.Status.Detail}"));
                return;
            }
        }

        result.Success++;
        result.Tokens.Add(new TokenBatchItem(line.TokenId, line.Masked, Pools.SeedName(line.Pool)));
    }

    private async Task ExportAsync(TokenBatchRequest request, TokenBatchResult result, CancellationToken cancellationToken)
    {
        var wanted = request.Ids is { Length: > 0 } ids ? ids.ToHashSet() : null;
        var all = await AllTokens.ReadAsync(tokens, "", t => t, cancellationToken);
        foreach (var token in all.Where(t => wanted is null || wanted.Remove(t.Id)))
            result.Tokens.Add(new TokenBatchItem(token.Id, token.Masked, Pools.SeedName(token.Pool), token.Status));
        result.Success = result.Tokens.Count;
        foreach (var missing in wanted ?? [])
            result.Errors.Add(new TokenBatchError(null, missing, null, $"There is no token {missing}."));
    }

    /// <summary>Tokens in clear text, by id. The caller has put it on record.</summary>
    public async Task<TokenBatchResult> ExportRawAsync(TokenBatchRequest request, CancellationToken cancellationToken)
    {
        var result = new TokenBatchResult(request.Operation ?? "");
        var wanted = new RevealTokensRequest();
        wanted.Ids.Add(request.Ids ?? []);
        var missing = wanted.Ids.ToHashSet();
        await foreach (var token in tokens.RevealAsync(wanted, cancellationToken))
        {
            missing.Remove(token.Id);
            try
            {
                result.RawTokens.Add(protector.Unprotect(token.ProtectedSecret.Span));
            }
            catch (CryptographicException)
            {
                result.Errors.Add(new TokenBatchError(null, token.Id, null, "The token cannot be decrypted: its key is missing."));
            }
        }

        result.Success = result.RawTokens.Count;
        foreach (var id in missing)
            result.Errors.Add(new TokenBatchError(null, id, null, $"There is no token {id}."));
        return result;
    }

    private static async Task ForEachAsync<TReply>(TokenBatchRequest request, TokenBatchResult result, Func<long, Task<TReply>> act)
    {
        foreach (var id in (request.Ids ?? []).Distinct())
        {
            try
            {
                if (await act(id) is DeleteTokenReply { Deleted: false })
                    result.Errors.Add(new TokenBatchError(null, id, null, $"There is no token {id}."));
                else
                    result.Success++;
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.NotFound or StatusCode.InvalidArgument)
            {
                result.Errors.Add(new TokenBatchError(null, id, null, e.Status.Detail));
            }
        }
    }

    /// <summary>Why a line was not imported, in one sentence.</summary>
    internal static string MessageOf(ImportTokenResult line) => line switch
    {
        { Message.Length: > 0 } => line.Message,
        { Outcome: ImportTokenResult.Types.Outcome.Duplicate, TokenId: 0 } => "This token stands in the import twice.",
        { Outcome: ImportTokenResult.Types.Outcome.Duplicate } => $"This token is in the pool already, as {line.TokenId}.",
        _ => "This is not a token.",
    };
}
