using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.Chat;

/// <summary>Finds the provider of a route, and which routes of a call can be served at all.</summary>
internal sealed class ChatRoutes(IEnumerable<IChatProvider> providers)
{
    private readonly Dictionary<string, IChatProvider> _byName = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);

    public IChatProvider Provider(Route route) => _byName[route.Provider];

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
