using System.Text.Json.Serialization;

using GrokForge.Admin.Tokens.Import;

namespace GrokForge.Admin.Tokens;

/// <summary>The body of POST /admin/tokens/batch. Unknown fields are refused: a misspelt one would act on more tokens than meant.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record TokenBatchRequest(
    string? Operation, string?[]? Tokens, long[]? Ids, string? Pool, Dictionary<string, int>? Quotas, int? Priority, string? Status, string? Remark, bool? DryRun);

/// <summary>What became of a batch.</summary>
internal sealed record TokenBatchResult(string Operation)
{
    public int Success { get; set; }

    public int Failed => Errors.Count;

    public List<TokenBatchError> Errors { get; } = [];

    /// <summary>Of a refresh: how many of the failed were not read yet and stay asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Waiting { get; set; }

    /// <summary>Of an import: how many came to what end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ImportCounts? Import { get; set; }

    /// <summary>Of an export without raw=true: the tokens, masked. Of an import: those that are in the pool now because of it.</summary>
    public List<TokenBatchItem> Tokens { get; } = [];

    /// <summary>Of an export with raw=true: the tokens in clear text, in the order of their ids.</summary>
    public List<string> RawTokens { get; } = [];
}

/// <summary>One token of a batch, masked.</summary>
internal sealed record TokenBatchItem(long Id, string Token, string Pool, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Status = null);

/// <summary>Why one token of a batch failed.</summary>
/// <param name="Index">Of an import: the line's place, from 0.</param>
/// <param name="Token">Masked.</param>
internal sealed record TokenBatchError(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Index,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Token,
    string Message)
{
    /// <summary>Of a token that was not read: seconds until it may be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? RetryAfter { get; init; }
}
