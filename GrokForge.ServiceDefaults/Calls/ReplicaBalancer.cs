using System.Runtime.CompilerServices;
using Grpc.Net.Client.Balancer;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Makes the balancer that every channel between services goes by.</summary>
internal sealed class ReplicaBalancerFactory(TimeProvider time) : LoadBalancerFactory
{
    public const string Policy = "replicas";

    public override string Name => Policy;

    public override LoadBalancer Create(LoadBalancerOptions options) => new ReplicaBalancer(options.Controller, time, options.LoggerFactory);
}

/// <summary>
/// Goes round the replicas call by call, but passes over one that said a moment ago that it was unavailable: a replica that is stopping still answers for as
/// long as its last stream lasts, and a call that it refused must not come back to it.
/// </summary>
internal sealed class ReplicaBalancer(IChannelControlHelper controller, TimeProvider time, ILoggerFactory loggers) : SubchannelsLoadBalancer(controller, loggers)
{
    private readonly ConditionalWeakTable<Subchannel, Replica> _replicas = [];
    private int _turn = Random.Shared.Next(1024);

    protected override SubchannelPicker CreatePicker(IReadOnlyList<Subchannel> readySubchannels) =>
        new Picker(this, [.. readySubchannels.Select(s => _replicas.GetValue(s, connection => new Replica(connection, time)))]);

    private sealed class Picker(ReplicaBalancer balancer, Replica[] replicas) : SubchannelPicker
    {
        public override PickResult Pick(PickContext context)
        {
            var turn = (uint)Interlocked.Increment(ref balancer._turn);
            var picked = replicas[turn % replicas.Length];
            for (var i = 1u; picked.IsPassedOver && i < replicas.Length; i++)
                picked = replicas[(turn + i) % replicas.Length];
            if (picked.IsPassedOver)
                picked = replicas[turn % replicas.Length];
            context.Request?.Options.Set(Replica.Picked, picked);
            return PickResult.ForSubchannel(picked.Connection);
        }
    }
}

/// <summary>One replica of a service as a channel knows it.</summary>
internal sealed class Replica(Subchannel connection, TimeProvider time)
{
    /// <summary>The request's own note of where it goes.</summary>
    public static readonly HttpRequestOptionsKey<Replica> Picked = new("grokforge.replica");

    private static readonly TimeSpan PassedOver = TimeSpan.FromSeconds(5);

    private long _refusedAt;

    public Subchannel Connection => connection;

    public bool IsPassedOver => Volatile.Read(ref _refusedAt) is var at and not 0 && time.GetElapsedTime(at) < PassedOver;

    public void Refused() => Volatile.Write(ref _refusedAt, time.GetTimestamp());
}

/// <summary>Notes which replica refused a call, or could not be reached, before the call is sent again.</summary>
internal sealed class RefusalWatch(HttpMessageHandler sender) : DelegatingHandler(sender)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            // A call that ends without any message has its status in the headers.
            if (response.Headers.TryGetValues("grpc-status", out var status) && status.Contains("14", StringComparer.Ordinal))
                Note(request);
            return response;
        }
        catch (HttpRequestException)
        {
            Note(request);
            throw;
        }
    }

    private static void Note(HttpRequestMessage request)
    {
        if (request.Options.TryGetValue(Replica.Picked, out var replica))
            replica.Refused();
    }
}
