using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Tells a database that is away, or cannot serve at the moment, from everything else that a store may throw.</summary>
public static class DatabaseFault
{
    private const int SqliteConstraint = 19;
    private const int SqliteMismatch = 20;

    /// <summary>True also of what wraps such a fault: EF and its retrying strategy do, and a host name without address is a bare <see cref="SocketException"/>.</summary>
    public static bool Is(Exception exception)
    {
        // Others' exceptions: calls, HTTP and Redis have sockets and time limits, too.
        if (exception is not (DbException or SocketException or TimeoutException or InvalidOperationException or DbUpdateException or RetryLimitExceededException or AggregateException)
            || exception.GetType().Namespace?.StartsWith("StackExchange.Redis", StringComparison.Ordinal) is true)
            return false;

        return exception switch
        {
            PostgresException refused => !IsOwnFault(refused.SqlState),
            SqliteException refused => refused.SqliteErrorCode is not (SqliteConstraint or SqliteMismatch),
            DbException or SocketException or TimeoutException => true,
            AggregateException many => many.InnerExceptions.Any(Is),
            RetryLimitExceededException or DbUpdateException or InvalidOperationException => exception.InnerException is { } inner && Is(inner),
            _ => false,
        };
    }

    /// <summary>Values that break a rule, or SQL that is wrong: asking again does not help. A table that is not there yet is the migration's to bring.</summary>
    private static bool IsOwnFault(string state) =>
        state is not PostgresErrorCodes.UndefinedTable
        && (state.StartsWith("22", StringComparison.Ordinal) || state.StartsWith("23", StringComparison.Ordinal) || state.StartsWith("42", StringComparison.Ordinal));
}
