using System.Collections.Concurrent;
using GrokForge.Contracts.Calls;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Keeps one channel per service: round robin over its replicas call by call, a dead or stopping one is skipped, lost calls are retried by the rules of <see cref="RetryRules"/>.</summary>
internal sealed class ServiceChannels(ServiceResolverFactory resolver, ReplicaBalancerFactory balancer, CallSigner signer, ILoggerFactory loggers) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<GrpcChannel>> _channels = new(StringComparer.Ordinal);

    /// <summary>What a client of <paramref name="service"/> calls through.</summary>
    public CallInvoker To(string service) => _channels.GetOrAdd(service, name => new Lazy<GrpcChannel>(() => Open(name))).Value.Intercept(signer);

    public void Dispose()
    {
        foreach (var channel in _channels.Values)
        {
            if (channel.IsValueCreated)
                channel.Value.Dispose();
        }
    }

    private GrpcChannel Open(string service)
    {
        var messageBytes = service == "upstream" ? CallLimits.ChatMessageBytes : CallLimits.MessageBytes;
        return GrpcChannel.ForAddress($"{ServiceResolverFactory.Scheme}:///{service}", new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            HttpHandler = new RefusalWatch(new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                ConnectTimeout = TimeSpan.FromSeconds(3),
                KeepAlivePingDelay = TimeSpan.FromSeconds(20),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5),
                UseProxy = false,
                UseCookies = false,
            }),
            DisposeHttpClient = true,
            ServiceProvider = new BalancerServices(resolver, balancer, loggers),
            LoggerFactory = loggers,
            ServiceConfig = RetryRules.For(service),
            MaxReceiveMessageSize = messageBytes,
            MaxSendMessageSize = messageBytes,
            // A call beyond the buffer is sent once. Chat calls with pictures are rare, and a second try of them is not worth more memory.
            MaxRetryBufferPerCallSize = 4 * 1024 * 1024,
            MaxRetryBufferSize = 64 * 1024 * 1024,
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(200),
            // As long as nobody is reached requests are refused: a service that is back is found at once, and a try where nobody listens costs next to nothing.
            MaxReconnectBackoff = TimeSpan.FromMilliseconds(500),
        });
    }

    /// <summary>What the balancer asks a container for.</summary>
    private sealed class BalancerServices(ResolverFactory resolver, LoadBalancerFactory balancer, ILoggerFactory loggers) : IServiceProvider
    {
        private readonly ResolverFactory[] _resolvers = [resolver];
        private readonly LoadBalancerFactory[] _balancers = [balancer];

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IEnumerable<ResolverFactory>) ? _resolvers
            : serviceType == typeof(IEnumerable<LoadBalancerFactory>) ? _balancers
            : serviceType == typeof(ILoggerFactory) ? loggers
            : null;
    }
}
