using StackExchange.Redis;
using Testcontainers.Redis;
using Xunit;

namespace GrokForge.TestKit.Servers;

/// <summary>A real Redis for tests, as a class fixture. The server is shared: tests that need it empty take a private one, or call <see cref="FlushAsync"/> alone.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private static readonly ServerRecipe Recipe = new(
        "Redis", "GROKFORGE_TEST_REDIS", Missing,
        """
        redis-server --port "$P" --bind 127.0.0.1 --save "" --appendonly no --dir "$D" > "$D/out.log" 2>&1 < /dev/null &
        pid=$!
        """,
        "kill -TERM \"$pid\"", port => $"127.0.0.1:{port}", IsReadyAsync,
        async cancellationToken =>
        {
            var container = new RedisBuilder("redis:8-alpine").Build();
            await container.StartAsync(cancellationToken);
            return container.GetConnectionString();
        });

    private static readonly SharedServer Shared = new(Recipe);

    private readonly SharedServer _server = Shared;

    /// <summary>A server of one's own, to be stopped and started at will; skips the test where only a shared one is to be had.</summary>
    public static Task<LocalServer> StartPrivateAsync(CancellationToken cancellationToken) =>
        Missing() is { } missing ? throw new SkippedTestException($"{missing} is not installed.") : LocalServer.StartAsync(Recipe, cancellationToken);

    public Task<string> ConnectionStringAsync() => _server.ConnectionStringAsync();

    /// <summary>Empties the server.</summary>
    public async Task FlushAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(await ConnectionStringAsync(), options => options.AllowAdmin = true);
        await redis.GetDatabase().ExecuteAsync("FLUSHALL");
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string? Missing() => OperatingSystem.IsWindows() || ServerRecipe.FindProgram("redis-server") is null ? "redis-server" : null;

    private static Task<bool> IsReadyAsync(string server, CancellationToken cancellationToken) => TcpProbe.AnswersAsync(server, "PING\r\n"u8.ToArray(), (byte)'+', cancellationToken);
}
