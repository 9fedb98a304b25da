using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace GrokForge.TokenPool.Tokens;

/// <summary>Writes many new rows at little cost. Those whose fingerprint is there already, also by an import at the same time, stay as they are.</summary>
internal static class TokenInsert
{
    private const string Columns =
        "secret, fingerprint, pool, status, status_reason, priority, max_inflight, remark, fail_count, generation, rev, last_used, exhausted, quotas, recent, proposed_pool, "
        + "created_at, updated_at";

    // On Postgres the rows travel as one JSON array: one round trip, and no parameter per column. Ids rise with the lines.
    private const string Postgres =
        $"INSERT INTO {TokenStore.Schema}.{TokenStore.Table} ({Columns}) "
        + "SELECT decode(v.secret, 'base64'), decode(v.fingerprint, 'base64'), v.pool, v.status, v.reason, v.priority, v.max_inflight, v.remark, 0, 0, 0, 0, v.exhausted, v.quotas, '', '', "
        + "v.created_at, v.created_at FROM json_to_recordset(@rows::json) AS v(place int, secret text, fingerprint text, pool text, status text, reason text, priority int, max_inflight int, "
        + "remark text, exhausted boolean, quotas text, created_at timestamptz) ORDER BY v.place ON CONFLICT (fingerprint) DO NOTHING RETURNING id, fingerprint";

    // SQLite is in this process: what costs there is reading JSON, not asking often.
    private const string Sqlite =
        $"INSERT INTO {TokenStore.Schema}_{TokenStore.Table} ({Columns}) "
        + "VALUES (@secret, @fingerprint, @pool, @status, @reason, @priority, @max_inflight, @remark, 0, 0, 0, 0, @exhausted, @quotas, '', '', @created_at, @created_at) "
        + "ON CONFLICT (fingerprint) DO NOTHING RETURNING id";

    private static readonly string[] Parameters =
        ["@secret", "@fingerprint", "@pool", "@status", "@reason", "@priority", "@max_inflight", "@remark", "@exhausted", "@quotas", "@created_at"];

    /// <summary>Writes in one transaction, and gives the rows that are new their ids.</summary>
    public static Task WriteAsync(TokenStore store, IReadOnlyList<TokenRow> rows, CancellationToken cancellationToken) =>
        store.Database.CreateExecutionStrategy().ExecuteAsync(
            async token =>
            {
                foreach (var row in rows)
                    row.Id = 0;
                await using var transaction = await store.Database.BeginTransactionAsync(token);
                await using var command = store.Database.GetDbConnection().CreateCommand();
                command.Transaction = transaction.GetDbTransaction();
                command.CommandTimeout = store.Database.GetCommandTimeout() ?? command.CommandTimeout;
                if (store.Database.IsNpgsql())
                    await WriteTogetherAsync(command, rows, token);
                else
                    await WriteEachAsync(command, rows, token);
                await transaction.CommitAsync(token);
            },
            cancellationToken);

    private static async Task WriteTogetherAsync(DbCommand command, IReadOnlyList<TokenRow> rows, CancellationToken cancellationToken)
    {
        command.CommandText = Postgres;
        Parameter(command, "@rows").Value = JsonSerializer.Serialize([.. rows.Select(NewToken.Of)], NewTokensJson.Default.NewTokenArray);
        var open = rows.ToDictionary(r => Convert.ToHexString(r.Fingerprint), StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            open[Convert.ToHexString((byte[])reader.GetValue(1))].Id = reader.GetInt64(0);
    }

    private static async Task WriteEachAsync(DbCommand command, IReadOnlyList<TokenRow> rows, CancellationToken cancellationToken)
    {
        command.CommandText = Sqlite;
        var parameters = Array.ConvertAll(Parameters, name => Parameter(command, name));
        foreach (var row in rows)
        {
            ReadOnlySpan<object> values =
            [
                row.Secret, row.Fingerprint, row.Pool, row.Status.Name(), row.StatusReason, row.Priority, row.MaxInflight, row.Remark, row.Exhausted, row.Quotas, row.CreatedAt.UtcTicks,
            ];
            for (var i = 0; i < parameters.Length; i++)
                parameters[i].Value = values[i];
            row.Id = await command.ExecuteScalarAsync(cancellationToken) as long? ?? 0;
        }
    }

    private static DbParameter Parameter(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }
}

/// <summary>A new row as it travels to Postgres.</summary>
internal sealed record NewToken(
    int Place, byte[] Secret, byte[] Fingerprint, string Pool, string Status, string Reason, int Priority, int MaxInflight, string Remark, bool Exhausted, string Quotas, DateTimeOffset CreatedAt)
{
    public static NewToken Of(TokenRow row, int place) => new(
        place, row.Secret, row.Fingerprint, row.Pool, row.Status.Name(), row.StatusReason, row.Priority, row.MaxInflight, row.Remark, row.Exhausted, row.Quotas, row.CreatedAt);
}

/// <summary>Generated JSON code of <see cref="TokenInsert"/>: members are named like columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NewToken[]))]
internal sealed partial class NewTokensJson : JsonSerializerContext;
