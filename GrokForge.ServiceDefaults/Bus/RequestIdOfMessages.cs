using GrokForge.ServiceDefaults.Telemetry;
using MassTransit;

namespace GrokForge.ServiceDefaults.Bus;

/// <summary>Lets what a consumer logs carry the request id of whoever published.</summary>
internal sealed class RequestIdOfMessages<T> : IFilter<ConsumeContext<T>> where T : class
{
    public async Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        var requestId = context.Headers.Get<string>(RequestId.Header);
        using (RequestId.Use(requestId))
            await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("requestId");
}
