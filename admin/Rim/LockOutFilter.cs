using GrokForge.ServiceDefaults.Calls;

namespace GrokForge.Admin.Rim;

/// <summary>Turns a locked-out address away from every admin route.</summary>
internal sealed class LockOutFilter(LockOut lockOut, ForwardingProof forwarding) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var client = ClientAddress.Of(await forwarding.ClientOfAsync(http));
        http.Features.Set(client);
        return lockOut.Remaining(client.Network) is { } wait ? TooManyFailures(wait) : await next(context);
    }

    public static AdminError TooManyFailures(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, "too_many_failures", "Too many wrong passwords came from this address.", RetryAfter: wait);
}
