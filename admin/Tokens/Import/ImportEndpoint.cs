using System.Globalization;
using System.Text.Json;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using Grpc.Core;
using Microsoft.AspNetCore.Http.Features;

namespace GrokForge.Admin.Tokens.Import;

/// <summary>
/// The door POST /admin/tokens/import?pool=…: a file of tokens as the body, of any length, read and answered as it comes:
/// {"operation":"import","dry_run":false,"lines":[{"line":1,"outcome":"added","id":7,"token":"abcd****wxyz","pool":"ssoBasic"}],"added":1,"revived":0,"duplicate":0,"invalid":0}
/// </summary>
internal static partial class ImportEndpoint
{
    private const int FlushAt = 32 * 1024;

    public static async Task<IResult> HandleAsync(HttpContext http, ITokenAdmin tokens, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var (wish, error) = Wish(http.Request.Query);
        if (wish is null)
            return error!;

        // Only an administrator can send it, and it is never held as a whole.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        await AnswerAsync(http, wish, tokens, logs.CreateLogger(typeof(ImportEndpoint)), cancellationToken);
        return Results.Empty;
    }

    private static async Task AnswerAsync(HttpContext http, ImportWish wish, ITokenAdmin tokens, ILogger log, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("operation", "import");
        json.WriteBoolean("dry_run", wish.IsDryRun);
        json.WriteStartArray("lines");
        var (input, counts, stopped) = (new ImportInput(http.Request.BodyReader), new ImportCounts(), "");
        try
        {
            await foreach (var (place, result) in wish.ImportAsync(tokens, input.ReadAsync(cancellationToken), cancellationToken))
            {
                counts.Count(result);
                WriteLine(json, place, result);
                if (json.BytesPending < FlushAt)
                    continue;
                await json.FlushAsync(cancellationToken);
                await http.Response.BodyWriter.FlushAsync(cancellationToken);
            }
        }
        catch (RpcException e)
        {
            // The status was sent with the first lines: what is left can only be told here.
            stopped = "The token pool or its database is away: what is not listed was not imported. Import it again; what is in stays in.";
            Log.Stopped(log, e);
        }

        json.WriteEndArray();
        json.WriteNumber("added", counts.Added);
        json.WriteNumber("revived", counts.Revived);
        json.WriteNumber("duplicate", counts.Duplicate);
        json.WriteNumber("invalid", counts.Invalid);
        if (stopped.Length > 0 || input.Fault.Length > 0)
            json.WriteString("stopped", stopped.Length > 0 ? stopped : input.Fault);
        json.WriteEndObject();
    }

    private static void WriteLine(Utf8JsonWriter json, int place, ImportTokenResult result)
    {
        json.WriteStartObject();
        json.WriteNumber("line", place);
        json.WriteString("outcome", ImportCounts.Word(result));
        if (result.TokenId != 0)
            json.WriteNumber("id", result.TokenId);
        if (result.Masked.Length > 0)
            json.WriteString("token", result.Masked);
        if (result.Pool.Length > 0)
            json.WriteString("pool", Pools.SeedName(result.Pool));
        if (!ImportCounts.IsIn(result))
            json.WriteString("message", TokenBatch.MessageOf(result));
        json.WriteEndObject();
    }

    private static (ImportWish? Wish, AdminError? Error) Wish(IQueryCollection query)
    {
        var asked = query["pool"].ToString();
        if (Pools.Canonical(asked.Length > 0 ? asked : Pools.Basic) is not { } pool)
            return (null, TokenFaults.UnknownPool(asked));
        var priority = 0;
        if (query["priority"].ToString() is { Length: > 0 } number && !int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out priority))
            return (null, AdminError.Bad("invalid_value", "priority: a whole number.", "priority"));
        if (query["status"].ToString() is not ("" or "active" or "disabled") and var status)
            return (null, AdminError.Bad("invalid_status", $"status: active or disabled, not {status}.", "status"));
        if (query["dry_run"].ToString() is not ("" or "true" or "false"))
            return (null, AdminError.Bad("invalid_value", "dry_run: true or false.", "dry_run"));
        var remark = query["remark"].ToString();
        return TokenChange.IsRemark(remark)
            ? (new ImportWish(pool, priority, query["status"] == "disabled", remark, query["dry_run"] == "true"), null)
            : (null, AdminError.Bad("remark_too_long", TokenChange.RemarkRule, "remark"));
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "An import was stopped: the token pool or its database is away.")]
        public static partial void Stopped(ILogger logger, Exception exception);
    }
}
