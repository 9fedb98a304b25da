using System.Xml.Linq;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;

namespace GrokForge.ServiceDefaults.Protection;

/// <summary>Keeps the key ring in a Postgres table that all services share. Keys are only added.</summary>
internal sealed class PostgresKeyRepository(Database database) : IXmlRepository
{
    /// <summary>The underscores tell the migrator that the table is bookkeeping of ours.</summary>
    private const string Create = "CREATE TABLE IF NOT EXISTS __key_ring (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, friendly_name text NOT NULL, xml text NOT NULL)";

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = Open();
        using var exists = new NpgsqlCommand("SELECT to_regclass('__key_ring') IS NOT NULL", connection);
        if (exists.ExecuteScalar() is not true)
            return [];

        using var command = new NpgsqlCommand("SELECT xml FROM __key_ring ORDER BY id", connection);
        using var reader = command.ExecuteReader();
        List<XElement> elements = [];
        while (reader.Read())
            elements.Add(XElement.Parse(reader.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = Open();
        using (var create = new NpgsqlCommand(Create, connection))
            create.ExecuteNonQuery();
        using var command = new NpgsqlCommand("INSERT INTO __key_ring (friendly_name, xml) VALUES ($1, $2)", connection)
        {
            Parameters = { new() { Value = friendlyName }, new() { Value = element.ToString(SaveOptions.DisableFormatting) } },
        };
        command.ExecuteNonQuery();
    }

    private NpgsqlConnection Open()
    {
        var connection = new NpgsqlConnection(database.ConnectionString);
        connection.Open();
        return connection;
    }
}
