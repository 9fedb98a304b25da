using System.Collections.Frozen;

namespace GrokForge.ServiceDefaults.Models;

/// <summary>What kind of work a model does.</summary>
public enum ModelType { Chat, ImageLite, ImageWs, ImageEdit, Video }

/// <summary>A quota window of the upstream: its id here, its name there, how long it lasts and how many units each pool starts with.</summary>
/// <param name="DefaultQuota">Units by canonical pool (basic, super, heavy). 0: the pool does not have this mode.</param>
/// <param name="Local">Counted here only, never asked upstream.</param>
public sealed record Mode(string Id, string DisplayName, string UpstreamName, TimeSpan Window, FrozenDictionary<string, int> DefaultQuota, bool Local);

/// <summary>One model that clients may name.</summary>
/// <param name="Mode">Quota window; null: untracked.</param>
/// <param name="UpstreamModel">Media: the upstream's modelName. Chat: what the official API calls it; empty: as it is called here.</param>
/// <param name="Routes">Providers in the order to be tried: grok_web, xai.</param>
/// <param name="Hidden">Callable but not listed.</param>
public sealed record CatalogModel(
    string Id, ModelType Type, string PoolFloor, Mode? Mode, string UpstreamModel, bool ForceThinking, bool EnablePro, TimeSpan Cooldown,
    IReadOnlyList<string> Routes, bool Hidden)
{
    /// <summary>What the upstream is asked for as its mode (modeId of a chat); empty where the type has none. Where it is unset, the mode's upstream name.</summary>
    public string UpstreamMode { get; init; } = Mode?.UpstreamName ?? "";

    /// <summary>What its requests borrow tokens by: its quota window; where none is counted but a refused token rests, a name of its own; else empty.</summary>
    public string Scope => Mode?.Id ?? (Cooldown > TimeSpan.Zero ? RestPrefix + Id.Replace(':', '_') : "");

    /// <summary>Whether the official API is among its routes.</summary>
    public bool HasApiRoute => Routes.Contains(Pools.Xai);

    /// <summary>Whether the official API is all it has.</summary>
    public bool HasOnlyApiRoute => Routes is [Pools.Xai];

    /// <summary>The pools that its requests borrow from on a route, in the order to be tried.</summary>
    public IReadOnlyList<string> PoolsOn(string route) => route == Pools.Xai ? [Pools.Xai] : Pools.FromFloor(PoolFloor);

    /// <summary>The scope that its requests borrow by on a route; empty: no units are counted.</summary>
    public string ScopeOn(string route) => route == Pools.Xai ? "" : Type == ModelType.Chat ? Mode?.Id ?? "" : Scope;

    // No mode is called so.
    private const string RestPrefix = "rest/";

    /// <summary>What the official API calls it.</summary>
    public string ApiModel => UpstreamModel.Length > 0 ? UpstreamModel : Id;
}

/// <summary>Models that need no catalog: xai/ and any id of the official API.</summary>
public static class ApiModels
{
    public const string Prefix = "xai/";

    private const int LongestName = 256;
    private static readonly string[] Routes = [Pools.Xai];

    /// <summary>The model of that name; null where the name is not of this form.</summary>
    public static CatalogModel? Find(string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && name.Length > Prefix.Length && name.Length <= LongestName
            ? new CatalogModel(name, ModelType.Chat, "", null, name[Prefix.Length..], false, false, TimeSpan.Zero, Routes, Hidden: true)
            : null;
}

/// <summary>The models of one moment, frozen; order and creation time are stable.</summary>
public sealed class ModelCatalog(IReadOnlyList<Mode> modes, IReadOnlyList<CatalogModel> models)
{
    private readonly FrozenDictionary<string, CatalogModel> _byId = models.ToFrozenDictionary(m => m.Id, StringComparer.Ordinal);
    private readonly FrozenDictionary<string, TimeSpan> _rests = models.Where(m => m.Mode is null && m.Scope.Length > 0)
        .DistinctBy(m => m.Scope).ToFrozenDictionary(m => m.Scope, m => m.Cooldown, StringComparer.Ordinal);
    private readonly FrozenDictionary<string, Mode> _modes = modes.ToFrozenDictionary(m => m.Id, StringComparer.Ordinal);

    /// <summary>Unix seconds that every model reports as its creation time.</summary>
    public const long Created = 1709251200;

    public IReadOnlyList<Mode> Modes => modes;

    /// <summary>All enabled models, sorted by id, hidden ones included.</summary>
    public IReadOnlyList<CatalogModel> Models => models;

    public CatalogModel? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>What a request means by this name: a model of the catalog, or any of the official API.</summary>
    public CatalogModel? FindCallable(string name) => Find(name) ?? ApiModels.Find(name);

    public Mode? FindMode(string id) => _modes.GetValueOrDefault(id);

    /// <summary>Scopes that are no modes, and how long a refused token rests in each.</summary>
    public IEnumerable<KeyValuePair<string, TimeSpan>> Rests => _rests.OrderBy(r => r.Key, StringComparer.Ordinal);

    /// <summary>Whether tokens can be borrowed by this scope.</summary>
    public bool HasScope(string scope) => scope.Length == 0 || _modes.ContainsKey(scope) || _rests.ContainsKey(scope);
}
