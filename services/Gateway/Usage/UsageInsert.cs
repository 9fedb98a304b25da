using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace GrokForge.Gateway.Usage;

/// <summary>Writes many usage rows at little cost. Those that are there already, since an earlier commit was not heard of, stay as they are.</summary>
internal static class UsageInsert
{
    private const string Columns =
        "entry_id, request_id, key_id, key_name, model, endpoint, token_id, pool, route, status, outcome, prompt_tokens, completion_tokens, reasoning_tokens, "
        + "cached_tokens, estimated, first_byte_ms, duration_ms, attempts, notes, created_at";

    // On Postgres the rows travel as one JSON array: one round trip, and no parameter per column. The key's name is the one that it has when the row is written.
    private static readonly string Postgres =
        $"INSERT INTO {GatewayStore.Schema}.{UsageRow.Table} ({Columns}) SELECT {Selected(c => "v." + c)} FROM json_to_recordset(@rows::json) AS v("
        + "entry_id uuid, request_id text, key_id bigint, model text, endpoint text, token_id bigint, pool text, route text, status int, outcome text, prompt_tokens int, "
        + "completion_tokens int, reasoning_tokens int, cached_tokens int, estimated boolean, first_byte_ms int, duration_ms int, attempts int, notes text, created_at timestamptz) "
        + $"LEFT JOIN {GatewayStore.Schema}.{VirtualKey.Table} AS k ON k.id = v.key_id ON CONFLICT (entry_id) DO NOTHING RETURNING id, entry_id";

    // SQLite is in this process: what costs there is reading JSON, not asking often.
    private static readonly string Sqlite =
        $"INSERT INTO {GatewayStore.Schema}_{UsageRow.Table} ({Columns}) VALUES ({string.Join(", ", Columns.Split(", ").Select(c =>
            c == "key_name" ? $"coalesce((SELECT name FROM {GatewayStore.Schema}_{VirtualKey.Table} WHERE id = @key_id), '')" : "@" + c))}) "
        + "ON CONFLICT (entry_id) DO NOTHING RETURNING id";

    /// <summary>Writes within the transaction at hand.</summary>
    /// <returns>Per row that is new: the entry's id and its own in the table.</returns>
    public static async Task<Dictionary<Guid, long>> WriteAsync(GatewayStore store, IDbContextTransaction transaction, IEnumerable<UsageRow> rows, CancellationToken cancellationToken)
    {
        await using var command = store.Database.GetDbConnection().CreateCommand();
        command.Transaction = transaction.GetDbTransaction();
        return store.Database.IsNpgsql() ? await WriteTogetherAsync(command, rows, cancellationToken) : await WriteEachAsync(command, rows, cancellationToken);
    }

    private static async Task<Dictionary<Guid, long>> WriteTogetherAsync(DbCommand command, IEnumerable<UsageRow> rows, CancellationToken cancellationToken)
    {
        command.CommandText = Postgres;
        Parameter(command, "@rows").Value = JsonSerializer.Serialize(rows, UsageRowJson.Default.IEnumerableUsageRow);
        Dictionary<Guid, long> written = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            written[reader.GetGuid(1)] = reader.GetInt64(0);
        return written;
    }

    private static async Task<Dictionary<Guid, long>> WriteEachAsync(DbCommand command, IEnumerable<UsageRow> rows, CancellationToken cancellationToken)
    {
        command.CommandText = Sqlite;
        var parameters = Columns.Split(", ").Where(c => c != "key_name").Select(c => Parameter(command, "@" + c)).ToArray();
        Dictionary<Guid, long> written = [];
        foreach (var row in rows)
        {
            ReadOnlySpan<object> values =
            [
                row.EntryId!.Value, row.RequestId, row.KeyId, row.Model, row.Endpoint, row.TokenId, row.Pool, row.Route, row.Status, row.Outcome, row.PromptTokens,
                row.CompletionTokens, row.ReasoningTokens, row.CachedTokens, row.Estimated, row.FirstByteMs ?? (object)DBNull.Value, row.DurationMs, row.Attempts, row.Notes,
                row.CreatedAt.UtcTicks,
            ];
            for (var i = 0; i < parameters.Length; i++)
                parameters[i].Value = values[i];
            if (await command.ExecuteScalarAsync(cancellationToken) is long id)
                written[row.EntryId.Value] = id;
        }

        return written;
    }

    private static string Selected(Func<string, string> ofRow) => string.Join(", ", Columns.Split(", ").Select(c => c == "key_name" ? "coalesce(k.name, '')" : ofRow(c)));

    /// <param name="name">As it stands in the command: SQLite looks a name without its sign up three more times, for every row.</param>
    private static DbParameter Parameter(DbCommand command, string name)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        command.Parameters.Add(parameter);
        return parameter;
    }
}

/// <summary>Generated JSON code of <see cref="UsageInsert"/>: members are named like columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IEnumerable<UsageRow>))]
internal sealed partial class UsageRowJson : JsonSerializerContext;
