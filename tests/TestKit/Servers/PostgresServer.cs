using Npgsql;
using Testcontainers.PostgreSql;
using Xunit;

namespace GrokForge.TestKit.Servers;

/// <summary>A real PostgreSQL for tests, as a class fixture. Each test class takes a database of its own.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    // fsync=off: tests lose nothing when the machine does.
    private const string Script =
        """
        as=""; if [ "$(id -u)" = 0 ]; then as="setpriv --reuid=postgres --regid=postgres --init-groups"; chown postgres "$D"; chmod 755 "$D"; fi
        bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/postgres 2>/dev/null | sort -V | tail -n 1)"); [ -x "$bin/postgres" ] || bin=$(dirname "$(command -v postgres)")
        run() { $as env -i PATH="$PATH" LANG=C.UTF-8 HOME="$D" "$@"; }
        [ -d "$D/data" ] || run "$bin/initdb" -D "$D/data" -U postgres -A trust -E UTF8 --locale=C --no-sync > "$D/out.log" 2>&1
        $as env -i PATH="$PATH" LANG=C.UTF-8 HOME="$D" "$bin/postgres" -D "$D/data" -p "$P" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$D" \
          -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 >> "$D/out.log" 2>&1 < /dev/null &
        pid=$!
        """;

    private static readonly ServerRecipe Recipe = new(
        "PostgreSQL", "GROKFORGE_TEST_POSTGRES", Missing, Script, "kill -INT \"$pid\"",
        port => $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres", IsReadyAsync,
        async cancellationToken =>
        {
            var container = new PostgreSqlBuilder("postgres:18-alpine").Build();
            await container.StartAsync(cancellationToken);
            return container.GetConnectionString();
        });

    private static readonly SharedServer Shared = new(Recipe);

    private readonly SharedServer _server = Shared;
    private readonly List<string> _databases = [];

    /// <summary>A server of one's own, to be stopped and started at will; skips the test where only a shared one is to be had.</summary>
    public static Task<LocalServer> StartPrivateAsync(CancellationToken cancellationToken) =>
        Missing() is { } missing ? throw new SkippedTestException($"{missing} is not installed.") : LocalServer.StartAsync(Recipe, cancellationToken);

    /// <summary>The server itself, on its maintenance database.</summary>
    public Task<string> ConnectionStringAsync() => _server.ConnectionStringAsync();

    /// <summary>Creates an empty database and answers its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var server = await ConnectionStringAsync();
        var name = $"gf_{Guid.NewGuid():N}";
        await ExecuteAsync(server, $"CREATE DATABASE {name}");
        lock (_databases)
            _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var name in _databases)
            await ExecuteAsync(await ConnectionStringAsync(), $"DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    }

    private static async Task ExecuteAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string? Missing() =>
        OperatingSystem.IsWindows() || (ServerRecipe.FindProgram("postgres") is null && !Directory.Exists("/usr/lib/postgresql")) ? "postgresql" : null;

    private static async Task<bool> IsReadyAsync(string server, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(server + ";Pooling=false;Timeout=2");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException)
        {
            return false;
        }
    }
}
