using Testcontainers.RabbitMq;
using Xunit;

namespace GrokForge.TestKit.Servers;

/// <summary>A real RabbitMQ for tests, as a class fixture. It takes about six seconds to start, once per test process.</summary>
public sealed class RabbitMqServer : IAsyncLifetime
{
    // epmd is our own: one that Erlang starts by itself would outlive the broker. The script under /usr/sbin would switch user and use /var/lib.
    private const string Script =
        """
        server=/usr/lib/rabbitmq/bin/rabbitmq-server; [ -x "$server" ] || server=rabbitmq-server
        mkdir -p "$D/home"; [ -f "$D/home/.erlang.cookie" ] || { printf 'GROKFORGETESTCOOKIE' > "$D/home/.erlang.cookie"; chmod 400 "$D/home/.erlang.cookie"; }
        printf 'listeners.tcp.1 = 127.0.0.1:%s\nlog.console = true\nlog.file = false\ndisk_free_limit.absolute = 50MB\n' "$P" > "$D/rabbitmq.conf"
        printf '[].\n' > "$D/enabled_plugins"
        export HOME="$D/home" ERL_EPMD_PORT="$P2" ERL_EPMD_ADDRESS=127.0.0.1 ERL_CRASH_DUMP_SECONDS=0 RABBITMQ_NODENAME=gf@localhost RABBITMQ_DIST_PORT="$P3" \
          RABBITMQ_CONFIG_FILE="$D/rabbitmq.conf" RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_MNESIA_BASE="$D/mnesia" RABBITMQ_LOG_BASE="$D/log" RABBITMQ_PID_FILE="$D/rabbit.pid" \
          RABBITMQ_ENABLED_PLUGINS_FILE="$D/enabled_plugins" RABBITMQ_FEATURE_FLAGS_FILE="$D/feature_flags" \
          RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
        epmd -port "$P2" -address 127.0.0.1 > /dev/null 2>&1 < /dev/null &
        epmd=$!
        "$server" > "$D/out.log" 2>&1 < /dev/null &
        pid=$!
        """;

    private static readonly ServerRecipe Recipe = new(
        "RabbitMQ", "GROKFORGE_TEST_RABBITMQ", Missing, Script,
        "kill -TERM \"$(cat \"$D/rabbit.pid\" 2>/dev/null || echo \"$pid\")\"; wait \"$pid\" 2>/dev/null; kill \"$epmd\"",
        port => $"amqp://guest:guest@127.0.0.1:{port}/", IsReadyAsync,
        async cancellationToken =>
        {
            var container = new RabbitMqBuilder("rabbitmq:4-alpine").Build();
            await container.StartAsync(cancellationToken);
            return container.GetConnectionString();
        });

    private static readonly SharedServer Shared = new(Recipe);

    private readonly SharedServer _server = Shared;

    /// <summary>A broker of one's own, to be stopped and started at will; skips the test where only a shared one is to be had.</summary>
    public static Task<LocalServer> StartPrivateAsync(CancellationToken cancellationToken) =>
        Missing() is { } missing ? throw new SkippedTestException($"{missing} is not installed.") : LocalServer.StartAsync(Recipe, cancellationToken);

    public Task<string> ConnectionStringAsync() => _server.ConnectionStringAsync();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string? Missing() =>
        OperatingSystem.IsWindows() || ServerRecipe.FindProgram("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server") is null || ServerRecipe.FindProgram("epmd") is null
            ? "rabbitmq-server" : null;

    // The broker greets a protocol header with a method frame, which starts with 1.
    private static Task<bool> IsReadyAsync(string server, CancellationToken cancellationToken) =>
        TcpProbe.AnswersAsync(new Uri(server).Authority, [(byte)'A', (byte)'M', (byte)'Q', (byte)'P', 0, 0, 9, 1], 1, cancellationToken);
}
