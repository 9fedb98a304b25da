using GrokForge.ServiceDefaults.Hosting;
using Npgsql;

namespace GrokForge.ServiceDefaults.Stores;

/// <summary>Reads the three ways people write a Postgres connection: Npgsql (Host=a;Database=b), libpq (host=a dbname=b) and URL (postgres://u:p@a/b).</summary>
internal static class PostgresDsn
{
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["hostaddr"] = "Host",
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["options"] = "Options",
        ["client_encoding"] = "Client Encoding",
        ["passfile"] = "Passfile",
        ["target_session_attrs"] = "Target Session Attributes",
        ["channel_binding"] = "Channel Binding",
    };

    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        text = text.Trim();
        try
        {
            var builder = text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase) ? FromUrl(text)
                : text.Contains(';', StringComparison.Ordinal) && !text.Contains('\'', StringComparison.Ordinal) ? new NpgsqlConnectionStringBuilder(text)
                : LooksLikeLibpq(text) ? FromPairs(Pairs(text))
                : new NpgsqlConnectionStringBuilder(text);
            if (string.IsNullOrEmpty(builder.Host))
                builder.Host = "localhost";
            return builder;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or UriFormatException or KeyNotFoundException)
        {
            // The text itself may hold a password: it is not repeated.
            throw new StartRefusedException(
                "The Postgres connection cannot be read. Write it as Host=...;Username=...;Password=...;Database=..., as host=... user=... password=... dbname=..., or as postgres://user:password@host/database.", e);
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string text)
    {
        var url = new Uri(text);
        var builder = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(url.Host) };
        if (url.Port > 0)
            builder.Port = url.Port;
        if (url.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var rest])
        {
            builder.Username = Uri.UnescapeDataString(user);
            if (rest is [var password])
                builder.Password = Uri.UnescapeDataString(password);
        }
        if (url.AbsolutePath.Trim('/') is { Length: > 0 } database)
            builder.Database = Uri.UnescapeDataString(database);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var n, var v] ? (n, v) : (pair, "");
            Set(builder, Uri.UnescapeDataString(name), Uri.UnescapeDataString(value));
        }
        return builder;
    }

    // Sample: host=db user=grok password='it''s' or password='a b\'c' dbname=grokforge
    private static bool LooksLikeLibpq(string text)
    {
        var first = text.Split('=', 2)[0].Trim().ToLowerInvariant();
        return first is "host" or "hostaddr" or "port" or "user" or "password" or "dbname" or "sslmode" || LibpqNames.ContainsKey(first);
    }

    private static NpgsqlConnectionStringBuilder FromPairs(IEnumerable<(string Name, string Value)> pairs)
    {
        var builder = new NpgsqlConnectionStringBuilder();
        foreach (var (name, value) in pairs)
            Set(builder, name, value);
        return builder;
    }

    private static void Set(NpgsqlConnectionStringBuilder builder, string name, string value)
    {
        if (name.Equals("sslmode", StringComparison.OrdinalIgnoreCase))
            value = value.Replace("-", "", StringComparison.Ordinal);
        builder[LibpqNames.GetValueOrDefault(name, name)] = value;
    }

    private static IEnumerable<(string Name, string Value)> Pairs(string text)
    {
        var at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            if (at >= text.Length)
                yield break;

            var equals = text.IndexOf('=', at);
            if (equals < 0)
                throw new FormatException("A name stands without a value.");
            var name = text[at..equals].Trim();
            at = equals + 1;
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
            yield return (name, Value(text, ref at));
        }
    }

    private static string Value(string text, ref int at)
    {
        var value = new System.Text.StringBuilder();
        var quoted = at < text.Length && text[at] == '\'';
        if (quoted)
            at++;
        for (; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '\\' && at + 1 < text.Length)
            {
                value.Append(text[++at]);
                continue;
            }
            if (quoted && c == '\'')
            {
                at++;
                return value.ToString();
            }
            if (!quoted && char.IsWhiteSpace(c))
                return value.ToString();
            value.Append(c);
        }
        return quoted ? throw new FormatException("A quoted value does not end.") : value.ToString();
    }
}
