using System.Data.Common;
using System.Text.Json;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace GrokForge.AllInOne.Verbs;

/// <summary>Tells the person who ran a verb in one sentence what went wrong.</summary>
internal static class VerbFault
{
    /// <summary>The sentence; null where only a stack trace tells the truth.</summary>
    public static string? Sentence(Exception exception) => exception switch
    {
        RpcException rpc => rpc.Status.Detail.Length > 0 ? rpc.Status.Detail : $"The call failed: {rpc.StatusCode}.",
        DbUpdateException { InnerException: { } inner } => Sentence(inner),
        RetryLimitExceededException { InnerException: { } inner } => Sentence(inner),
        DbException database => $"The database refused: {database.Message}",
        HttpRequestException http => $"The server could not be asked: {http.Message}",
        OperationCanceledException or TimeoutException => "No answer came in time.",
        JsonException => "The server's answer cannot be read. Is it another program that listens there?",
        IOException or UnauthorizedAccessException => exception.Message,
        AggregateException { InnerExceptions: [var only] } => Sentence(only),
        _ => null,
    };
}
