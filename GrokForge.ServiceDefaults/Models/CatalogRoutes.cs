using GrokForge.Contracts.Chat;

namespace GrokForge.ServiceDefaults.Models;

/// <summary>What a catalog's model is asked for on each of its routes.</summary>
public static class CatalogRoutes
{
    public static Route RouteOn(this CatalogModel model, string provider)
    {
        var isApi = provider == Pools.Xai;
        var route = new Route
        {
            Provider = provider,
            Scope = model.ScopeOn(provider),
            UpstreamMode = isApi ? "" : model.Mode?.UpstreamName ?? "",
            UpstreamModel = isApi ? model.ApiModel : model.UpstreamModel,
            ForceThinking = !isApi && model.ForceThinking,
        };
        route.Pools.AddRange(model.PoolsOn(provider));
        return route;
    }
}
