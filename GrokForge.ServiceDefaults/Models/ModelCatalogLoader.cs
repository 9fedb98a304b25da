using System.Collections.Frozen;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Models;

/// <summary>A catalog, or every fault of its file.</summary>
internal sealed record CatalogReading(ModelCatalog? Catalog, IReadOnlyList<FileFault> Faults);

/// <summary>Reads a catalog file: version = 1, [[modes]], [[models]]. Strict: any fault refuses the whole file.</summary>
internal sealed class ModelCatalogLoader
{
    private static readonly string[] KnownRoutes = ["grok_web", "xai"];

    private readonly string _file;
    private readonly List<FileFault> _faults = [];
    private readonly Dictionary<string, Mode> _modes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<CatalogModel> _models = [];

    private ModelCatalogLoader(string file) => _file = file;

    /// <summary>The catalog that is built in.</summary>
    public static ModelCatalog BuiltIn()
    {
        var (catalog, faults) = Load(EmbeddedFile.Bytes(EmbeddedFile.Models), EmbeddedFile.Models);
        return catalog ?? throw new InvalidOperationException($"The built-in {faults[0]}");
    }

    public static CatalogReading Load(ReadOnlySpan<byte> content, string file)
    {
        var (tree, fault) = TomlReader.Read(content, file);
        return tree is null ? new(null, [fault!]) : new ModelCatalogLoader(file).Load(tree);
    }

    private CatalogReading Load(TomlTree tree)
    {
        var root = new CatalogTable(tree, _file, "catalog", _faults);
        root.RefuseUnless(root.Whole("version", 0) == 1, "version", "version must be 1");
        var modes = Tables(tree, "modes");
        var models = Tables(tree, "models");
        foreach (var name in tree.Entries.Keys.Where(n => n is not ("version" or "modes" or "models")))
            root.Refuse(name, $"unknown field {name}");

        root.RefuseUnless(modes.Count > 0, "modes", "there must be at least one mode, as [[modes]]");
        root.RefuseUnless(models.Count > 0, "models", "there must be at least one model, as [[models]]");
        foreach (var (id, mode) in modes)
            ReadMode(id, mode);
        foreach (var (id, model) in models)
            ReadModel(id, model);
        root.RefuseUnless(models.Count == 0 || _faults.Count > 0 || _models.Count > 0, "models", "at least one model must be enabled");

        return _faults.Count > 0
            ? new(null, [.. _faults.OrderBy(f => f.Line).ThenBy(f => f.Column)])
            : new(new([.. _modes.Values], [.. _models.OrderBy(m => m.Id, StringComparer.Ordinal)]), []);
    }

    // [[modes]] with an id each, or [modes.fast] with the id as its name.
    private List<(string Id, CatalogTable Table)> Tables(TomlTree tree, string name)
    {
        var singular = name[..^1];
        switch (tree.Entries.GetValueOrDefault(name)?.Value)
        {
            case null:
                return [];
            case List<TomlNode> list when list.All(n => n.Value is TomlTree):
                return [.. list.Select(n => (TomlTree)n.Value).Select(t => Named(t, t.Entries.GetValueOrDefault("id")?.Value as string ?? "", singular))];
            case TomlTree named when named.Entries.Values.All(n => n.Value is TomlTree):
                return [.. named.Entries.Select(e => Named((TomlTree)e.Value.Value, e.Key, singular))];
            default:
                new CatalogTable(tree, _file, "catalog", _faults).Refuse(name, $"{name} must be tables, as [[{name}]]");
                return [];
        }
    }

    private (string Id, CatalogTable Table) Named(TomlTree tree, string id, string what) =>
        (id, new CatalogTable(tree, _file, id.Length > 0 ? $"{what} {id}" : what, _faults));

    private void ReadMode(string id, CatalogTable table)
    {
        RefuseId(id, table);
        var local = table.Switch("local", false) | !table.Switch("quota_sync", true);
        var mode = new Mode(
            id, table.Text("display_name", id), table.Text("upstream_name"), TimeSpan.FromSeconds(table.Whole("window_seconds", 0)), ReadQuota(table), local);
        table.RefuseUnless(local || mode.UpstreamName.Length > 0, "upstream_name", "upstream_name is missing");
        table.RefuseUnless(
            local || mode.UpstreamName.Length == 0 || !_modes.Values.Any(m => !m.Local && m.UpstreamName == mode.UpstreamName), "upstream_name",
            $"upstream_name {mode.UpstreamName} belongs to another mode already");
        table.RefuseUnless(mode.Window > TimeSpan.Zero, "window_seconds", "window_seconds must be above 0");
        table.RefuseUnknown();
        table.RefuseUnless(_modes.TryAdd(id, mode), "id", $"mode {id} is there twice");
    }

    private static FrozenDictionary<string, int> ReadQuota(CatalogTable table)
    {
        var quotas = new Dictionary<string, int>(StringComparer.Ordinal);
        if (table.Table("default_quota") is not { } pools)
        {
            table.RefuseUnless(table.Has("default_quota"), "default_quota", "default_quota is missing");
            return quotas.ToFrozenDictionary(StringComparer.Ordinal);
        }

        foreach (var pool in Pools.Web)
        {
            pools.RefuseUnless(pools.Has(pool), pool, $"pool {pool} is missing");
            quotas[pool] = pools.Whole(pool, 0);
            pools.RefuseUnless(quotas[pool] >= 0, pool, $"{pool} must not be below 0");
        }

        pools.RefuseUnknown();
        return quotas.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private void ReadModel(string id, CatalogTable table)
    {
        RefuseId(id, table);
        table.RefuseUnless(_ids.Add(id), "id", $"model {id} is there twice");
        _ = table.Text("display_name");
        var type = ReadType(table);
        var enabled = table.Switch("enabled", true);
        var routes = table.Texts("routes", ["grok_web"]);
        table.RefuseUnless(
            routes.Count > 0 && routes.All(KnownRoutes.Contains) && routes.Distinct().Count() == routes.Count, "routes", "routes must be a list of grok_web, xai, each at most once");
        var onlyApi = routes is [Pools.Xai];
        table.RefuseUnless(!onlyApi || type is ModelType.Chat or null, "routes", "routes with xai alone are for type chat");
        var floor = Pools.Canonical(table.Text("pool_floor"));
        table.RefuseUnless(onlyApi || floor is not null and not Pools.Xai, "pool_floor", "pool_floor must be one of basic, super, heavy");
        table.RefuseUnless(!onlyApi || !table.Has("pool_floor"), "pool_floor", "pool_floor has no meaning with the route xai alone");
        var mode = onlyApi ? ReadNoMode(table) : ReadTracking(table, type);
        var model = new CatalogModel(
            id, type ?? ModelType.Chat, floor ?? Pools.Basic, mode, table.Text("upstream_model"), table.Switch("force_thinking", false), table.Switch("enable_pro", false),
            TimeSpan.FromSeconds(table.Whole("cooldown_seconds", 0)), routes, ReadHidden(table))
        { UpstreamMode = table.Text("upstream_mode") };
        if (type is { } known)
            RefuseContrary(table, model, known);
        table.RefuseUnknown();
        if (enabled)
            _models.Add(model);
    }

    private static ModelType? ReadType(CatalogTable table)
    {
        ModelType? type = table.Text("type") switch
        {
            "chat" => ModelType.Chat,
            "image_lite" => ModelType.ImageLite,
            "image_ws" => ModelType.ImageWs,
            "image_edit" => ModelType.ImageEdit,
            "video" => ModelType.Video,
            _ => null,
        };
        table.RefuseUnless(type is not null, "type", "type must be one of chat, image_lite, image_ws, image_edit, video");
        return type;
    }

    /// <summary>Tracked models have a mode and no cooldown; untracked ones, image_ws only, the other way round.</summary>
    private Mode? ReadTracking(CatalogTable table, ModelType? type)
    {
        var tracked = table.Switch("quota_sync", true);
        var mode = table.Text("mode");
        var cooldown = table.Whole("cooldown_seconds", 0);
        if (tracked)
        {
            table.RefuseUnless(_modes.ContainsKey(mode), "mode", mode.Length == 0 ? "mode is missing" : $"mode {mode} does not exist");
            table.RefuseUnless(cooldown == 0, "cooldown_seconds", "cooldown_seconds is for models with quota_sync = false");
            return _modes.GetValueOrDefault(mode);
        }

        table.RefuseUnless(type is ModelType.ImageWs or null, "quota_sync", "quota_sync = false is for type image_ws");
        table.RefuseUnless(mode.Length == 0, "mode", "mode has no meaning with quota_sync = false");
        table.RefuseUnless(cooldown > 0, "cooldown_seconds", "cooldown_seconds must be above 0 with quota_sync = false");
        return null;
    }

    private static Mode? ReadNoMode(CatalogTable table)
    {
        table.RefuseUnless(table.Text("mode").Length == 0, "mode", "mode has no meaning with the route xai alone");
        return null;
    }

    private static void RefuseContrary(CatalogTable table, CatalogModel model, ModelType type)
    {
        var name = table.Text("type");
        var (needsModel, needsMode) = type switch
        {
            ModelType.Chat or ModelType.ImageLite => (false, true),
            ModelType.ImageEdit or ModelType.Video => (true, true),
            _ => (false, false),
        };
        needsMode &= !model.HasOnlyApiRoute;
        // A chat that the official API may be asked for has another name there, or the same.
        needsModel |= type == ModelType.Chat && model.HasApiRoute && model.UpstreamModel.Length > 0;
        table.RefuseUnless(model.UpstreamModel.Length > 0 == needsModel, "upstream_model", $"upstream_model {(needsModel ? "is missing for" : "has no meaning for")} type {name}");
        table.RefuseUnless(model.UpstreamMode.Length > 0 == needsMode, "upstream_mode", $"upstream_mode {(needsMode ? "is missing for" : "has no meaning for")} type {name}");
        table.RefuseUnless(!model.ForceThinking || type == ModelType.Chat, "force_thinking", "force_thinking is for type chat");
        table.RefuseUnless(!model.EnablePro || type == ModelType.ImageWs, "enable_pro", "enable_pro is for type image_ws");
    }

    private static bool ReadHidden(CatalogTable table)
    {
        var hidden = table.Switch("hidden", false);
        if (!table.Has("public"))
            return hidden;
        var listed = table.Switch("public", true);
        table.RefuseUnless(!table.Has("hidden") || listed != hidden, "public", "public and hidden contradict each other");
        return !listed;
    }

    private static void RefuseId(string id, CatalogTable table)
    {
        _ = table.Text("id", id);
        table.RefuseUnless(id.Length > 0 && id.Trim() == id, "id", "id is missing or has blanks around it");
    }
}
