using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.ServiceDefaults.Models;

/// <summary>Where the catalog in force comes from: the built-in models.toml or the file that replaces it.</summary>
internal sealed class CatalogFile
{
    private readonly WatchedFile? _file;

    private CatalogFile(WatchedFile? file, ModelCatalog catalog)
    {
        _file = file;
        Current = new(catalog);
    }

    public CurrentCatalog Current { get; }

    /// <param name="modelsFile">app.models_file; empty: the built-in catalog.</param>
    /// <param name="configFolder">What a relative path is relative to.</param>
    /// <exception cref="StartRefusedException">The file is missing or invalid.</exception>
    public static CatalogFile Open(string modelsFile, string configFolder)
    {
        if (modelsFile.Length == 0)
            return new(null, ModelCatalogLoader.BuiltIn());

        var file = new WatchedFile(Path.GetFullPath(modelsFile, configFolder));
        var content = file.ReadAtStart()
            ?? throw new StartRefusedException($"The model catalog {file.Path} (app.models_file) does not exist; create it or leave app.models_file empty.");
        var (catalog, faults) = ModelCatalogLoader.Load(content, file.Path);
        return new(file, catalog ?? throw new StartRefusedException(string.Join(Environment.NewLine, faults.Select(f => $"{f}; correct it and start again."))));
    }

    public void ReloadIfChanged(SettingsReport report)
    {
        if (_file is null || !_file.TryTakeChange(out var content))
            return;

        var (catalog, faults) = content is null ? new CatalogReading(null, [new(_file.Path, 0, 0, "the file is gone")]) : ModelCatalogLoader.Load(content, _file.Path);
        foreach (var fault in faults)
            report.CatalogRefused(_file.Path, fault.ToString());
        if (catalog is null)
            return;
        Current.Replace(catalog);
        report.CatalogInForce(_file.Path, catalog.Models.Count);
    }
}
