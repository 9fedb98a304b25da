using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.Chat;

/// <summary>Finds the provider of a route, and which routes of a call can be served at all.</summary>
internal sealed class ChatRoutes(IEnumerable<IChatProvider> providers, UpstreamBreakers breakers)
{
    private readonly Dictionary<string, IChatProvider> _byName = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>Makes one try on the route of its lease.</summary>
    public Task<ChatAnswer> OpenAsync(ChatTry attempt, CancellationToken cancellationToken)
    {
        var provider = _byName[attempt.Lease.Route.Provider];
        return breakers.For(provider, attempt.Settings) is { } breaker ? breaker.OpenAsync(provider, attempt, cancellationToken) : provider.OpenAsync(attempt, cancellationToken);
    }

    /// <summary>Awaits what the next try on a lease may profit from.</summary>
    public Task RecoverAsync(Refusal? last, Route route, SettingsSnapshot settings, CancellationToken cancellationToken) =>
        last is null ? Task.CompletedTask : _byName[route.Provider].RecoverAsync(last, settings, cancellationToken);

    /// <summary>Whether a route's upstream is not left alone at the moment.</summary>
    public bool IsUp(Route route, SettingsSnapshot settings) => breakers.For(_byName[route.Provider], settings) is not { IsOpen: true };

    /// <summary>The routes whose upstream is not left alone at the moment; where there is none, <paramref name="down"/> says so. No token is borrowed for the others.</summary>
    public IReadOnlyList<Route> Up(IReadOnlyList<Route> routes, ChatCall call, SettingsSnapshot settings, out Failed? down)
    {
        var shortest = TimeSpan.MaxValue;
        List<Route>? up = null;
        for (var i = 0; i < routes.Count; i++)
        {
            var left = breakers.For(_byName[routes[i].Provider], settings)?.Left ?? TimeSpan.Zero;
            if (left > TimeSpan.Zero)
            {
                up ??= [.. routes.Take(i)];
                shortest = left < shortest ? left : shortest;
            }
            else
            {
                up?.Add(routes[i]);
            }
        }

        down = up is { Count: 0 } ? ChatFailures.UpstreamDown(call.Model, shortest) : null;
        return up ?? routes;
    }

    /// <summary>The routes that can be tried, in the call's order. Where there is none, <paramref name="objection"/> says why.</summary>
    public IReadOnlyList<Route> For(ChatCall call, out Failed objection)
    {
        objection = ChatFailures.NotSupported(call.Model);
        List<Route> usable = [];
        foreach (var route in call.Routes)
        {
            if (!_byName.TryGetValue(route.Provider, out var provider))
                continue;
            if (provider.Objection(call) is { } said)
                objection = said;
            else
                usable.Add(route);
        }
        return usable;
    }
}
