namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Which database system a process uses.</summary>
public enum DatabaseKind { Sqlite, Postgres }

/// <summary>The database a process uses: its kind and its connection string.</summary>
public sealed record Database(DatabaseKind Kind, string ConnectionString)
{
    /// <summary>Table name in the form of its database: schema and name on Postgres, prefix and name on SQLite.</summary>
    public string Table(string schema, string name) => Kind == DatabaseKind.Postgres ? $"{schema}.{name}" : $"{schema}_{name}";
}
