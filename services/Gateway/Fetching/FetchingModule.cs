using System.Net;

namespace GrokForge.Gateway.Fetching;

/// <summary>Downloads from the public Internet.</summary>
internal static class FetchingModule
{
    public static WebApplicationBuilder AddFetching(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<NameResolver>(static (host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken));
        builder.Services.AddSingleton<GuardedFetcher>();
        return builder;
    }
}
