using GrokForge.Admin.Rim;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Admin.Models;

/// <summary>Shows the model catalog: GET /admin/models.</summary>
internal static class ModelsEndpoint
{
    public static void MapModels(this RouteGroupBuilder gated) => gated.MapGet("models", (CurrentCatalog catalog) => AdminJson.Answer(Describe(catalog.Current)));

    private static object Describe(ModelCatalog catalog) => new
    {
        models = catalog.Models.Select(m => new
        {
            m.Id,
            type = TypeName(m.Type),
            m.PoolFloor,
            mode = m.Mode?.Id ?? "",
            m.UpstreamModel,
            m.ForceThinking,
            m.EnablePro,
            cooldown_seconds = (long)m.Cooldown.TotalSeconds,
            m.Routes,
            m.Hidden,
        }),
        mode_groups = catalog.Modes.Select(mode => new
        {
            mode = mode.Id,
            mode.DisplayName,
            mode.UpstreamName,
            window_seconds = (long)mode.Window.TotalSeconds,
            default_quotas = mode.DefaultQuota.ToDictionary(q => Pools.SeedName(q.Key), q => q.Value),
            models = catalog.Models.Where(m => m.Mode?.Id == mode.Id).Select(m => m.Id),
        }),
    };

    private static string TypeName(ModelType type) => type switch
    {
        ModelType.Chat => "chat",
        ModelType.ImageLite => "image_lite",
        ModelType.ImageWs => "image_ws",
        ModelType.ImageEdit => "image_edit",
        _ => "video",
    };
}
