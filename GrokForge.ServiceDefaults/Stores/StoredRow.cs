using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>One row as a plain command read it, with the forms in which EF keeps values on each database. Columns count from 0.</summary>
public readonly struct StoredRow
{
    private readonly DbDataReader _reader;
    private readonly DatabaseKind _kind;

    internal StoredRow(DbDataReader reader, DatabaseKind kind) => (_reader, _kind) = (reader, kind);

    public string Text(int column) => _reader.GetString(column);

    public byte[] Bytes(int column) => (byte[])_reader.GetValue(column);

    public int Number(int column) => _reader.GetInt32(column);

    public long BigNumber(int column) => _reader.GetInt64(column);

    public bool Flag(int column) => _reader.GetBoolean(column);

    public DateTimeOffset Instant(int column) => _kind == DatabaseKind.Sqlite
        ? new DateTimeOffset(_reader.GetInt64(column), TimeSpan.Zero)
        : new DateTimeOffset(_reader.GetDateTime(column));

    public DateTimeOffset? InstantOrNull(int column) => _reader.IsDBNull(column) ? null : Instant(column);

    /// <summary>A list of texts: JSON on SQLite, an array on Postgres.</summary>
    public IReadOnlyList<string> Texts(int column) => _kind == DatabaseKind.Sqlite
        ? JsonSerializer.Deserialize(_reader.GetString(column), StoredRowJson.Default.StringArray) ?? []
        : (string[])_reader.GetValue(column);
}

/// <summary>How lists in rows are read.</summary>
[JsonSerializable(typeof(string[]))]
internal sealed partial class StoredRowJson : JsonSerializerContext;
