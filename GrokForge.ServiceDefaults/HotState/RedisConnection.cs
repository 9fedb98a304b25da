using GrokForge.ServiceDefaults.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace GrokForge.ServiceDefaults.HotState;

/// <summary>The process's one connection to Redis; it is opened at its first use and comes back by itself.</summary>
public sealed partial class RedisConnection : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger<RedisConnection> _logger;
    private readonly Lazy<ConnectionMultiplexer> _multiplexer;
    private readonly Lazy<Task> _opening;
    private long _awaySince;

    internal RedisConnection(string? connectionString, TimeProvider time, ILogger<RedisConnection> logger)
    {
        IsConfigured = !string.IsNullOrWhiteSpace(connectionString);
        _time = time;
        _logger = logger;
        _multiplexer = new Lazy<ConnectionMultiplexer>(() => Connect(connectionString ?? ""));
        _opening = new Lazy<Task>(() => Task.Run(() => Multiplexer));
    }

    /// <summary>Whether a connection string named redis was given. Without one <see cref="Database"/> throws.</summary>
    public bool IsConfigured { get; }

    /// <summary>Opens the connection without holding the caller's thread up, as <see cref="Database"/> does at its first use while the server is away.</summary>
    public Task OpenAsync() => _opening.Value;

    /// <summary>The database. Its calls throw <see cref="RedisException"/> while the server is away.</summary>
    public IDatabase Database => Multiplexer.GetDatabase();

    /// <summary>The connection itself, for what a database does not offer.</summary>
    public IConnectionMultiplexer Multiplexer =>
        IsConfigured ? _multiplexer.Value : throw new InvalidOperationException("No connection string named redis was given.");

    /// <summary>Raised each time the connection broke, before it is restored: the server behind it may be another one afterwards.</summary>
    public event Action? Broken;

    /// <summary>How long the server has been away; zero while it is there, or was not yet needed.</summary>
    public TimeSpan AwayFor
    {
        get
        {
            var since = Volatile.Read(ref _awaySince);
            return since == 0 ? TimeSpan.Zero : _time.GetElapsedTime(since);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer.IsValueCreated)
            await _multiplexer.Value.DisposeAsync();
    }

    private ConnectionMultiplexer Connect(string connectionString)
    {
        var options = Parse(connectionString);
        var multiplexer = ConnectionMultiplexer.Connect(options);
        if (!multiplexer.IsConnected)
            Lost();
        multiplexer.ConnectionFailed += (_, e) =>
        {
            Broken?.Invoke();
            Lost(e.FailureType.ToString());
        };
        multiplexer.ConnectionRestored += (_, _) => Restored(multiplexer);
        return multiplexer;
    }

    private static ConfigurationOptions Parse(string connectionString)
    {
        try
        {
            var options = ConfigurationOptions.Parse(connectionString);
            options.AbortOnConnectFail = false;
            options.ClientName ??= "grokforge";
            // A script that waits for a lost server would run, and lend, long after its caller gave up: it fails at once. One under way may answer for two seconds:
            // with the half second in which that is noticed, less than any call's deadline.
            options.BacklogPolicy = BacklogPolicy.FailFast;
            options.AsyncTimeout = Math.Min(options.AsyncTimeout, 2000);
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
            options.ReconnectRetryPolicy = new ExponentialRetry(250, 5000);
            return options;
        }
        catch (ArgumentException e)
        {
            throw new StartRefusedException("The connection string named redis cannot be read. It looks like host:port,password=...,ssl=true.", e);
        }
    }

    private void Lost(string reason = "not reached")
    {
        if (Interlocked.CompareExchange(ref _awaySince, Math.Max(1, _time.GetTimestamp()), 0) == 0)
            Log.Lost(_logger, reason);
    }

    private void Restored(ConnectionMultiplexer multiplexer)
    {
        if (multiplexer.IsConnected && Interlocked.Exchange(ref _awaySince, 0) != 0)
            Log.Restored(_logger);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The connection to Redis was lost ({Reason}); it is being restored.")]
        public static partial void Lost(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Information, "Redis is back.")]
        public static partial void Restored(ILogger logger);
    }
}
