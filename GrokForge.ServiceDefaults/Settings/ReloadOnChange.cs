using GrokForge.ServiceDefaults.Models;
using Microsoft.Extensions.Hosting;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Looks at config.toml and the model catalog twice a second and puts what changed in force.</summary>
internal sealed class ReloadOnChange(SettingsSources sources, LiveSettings settings, CatalogFile catalog, SettingsReport report, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            Look();
    }

    internal void Look()
    {
        if (sources.File.TryTakeChange(out var content))
            Reload(content);
        else if (sources.File.TakeFault() is { } fault)
            report.Unreadable(sources.File.Path, fault);
        catalog.ReloadIfChanged(report);
    }

    private void Reload(byte[]? content)
    {
        var path = sources.File.Path;
        if (content is null)
        {
            report.Unreadable(path, "the file is gone");
            return;
        }

        var (layer, fault) = SettingsSources.Read(content, path);
        if (layer is null)
            report.Unreadable(path, fault!.ToString());
        else
            report.Changed(path, settings.UseFile(layer));
    }
}
