using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Finds a service's replicas from services__{name}__grpc__0..n; a name behind which several machines stand counts as all of them.</summary>
internal sealed class ServiceResolverFactory(IConfiguration configuration, TimeProvider time) : ResolverFactory
{
    public const string Scheme = "service";

    public override string Name => Scheme;

    public override Resolver Create(ResolverOptions options)
    {
        var service = options.Address.AbsolutePath.TrimStart('/');
        return new ServiceResolver(() => Endpoints(configuration, service), service, time, options.LoggerFactory);
    }

    /// <summary>Host and port of each replica as configured, e.g. services__tokenpool__grpc__0=http://10.0.0.7:8081.</summary>
    public static IReadOnlyList<(string Host, int Port)> Endpoints(IConfiguration configuration, string service) =>
    [
        .. configuration.GetSection($"services:{service}:grpc").GetChildren()
            .Select(child => Uri.TryCreate(child.Value, UriKind.Absolute, out var address) ? address : null)
            .OfType<Uri>()
            .Select(address => (address.Host.Trim('[', ']'), address.Port)),
    ];
}

/// <summary>Resolves one service's replicas now, when a connection is lost, and every ten seconds.</summary>
internal sealed class ServiceResolver(Func<IReadOnlyList<(string Host, int Port)>> endpoints, string service, TimeProvider time, ILoggerFactory loggers)
    : PollingResolver(loggers)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private ITimer? _timer;

    protected override void OnStarted() => _timer = time.CreateTimer(_ => Refresh(), null, Period, Period);

    protected override async Task ResolveAsync(CancellationToken cancellationToken)
    {
        List<BalancerAddress> addresses = [];
        foreach (var (host, port) in endpoints())
        {
            foreach (var address in await AddressesAsync(host, cancellationToken))
                addresses.Add(new BalancerAddress(address, port));
        }
        Listener(addresses.Count > 0
            ? ResolverResult.ForResult(addresses, serviceConfig: null, serviceConfigStatus: null)
            : ResolverResult.ForFailure(new Status(StatusCode.Unavailable, $"No replica of {service} is known. Set services__{service}__grpc__0 to its address.")));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _timer?.Dispose();
        base.Dispose(disposing);
    }

    private static async Task<IReadOnlyList<string>> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        // localhost has two addresses of one replica: the socket tries both.
        if (host == "localhost" || IPAddress.TryParse(host, out _))
            return [host];

        try
        {
            var found = await Dns.GetHostAddressesAsync(host, cancellationToken);
            var sameFamily = Array.FindAll(found, a => a.AddressFamily == AddressFamily.InterNetwork);
            return [.. (sameFamily.Length > 0 ? sameFamily : found).Select(a => a.ToString())];
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
