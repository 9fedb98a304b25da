using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Adds the settings and the model catalog, read once now and kept up to date while the process runs.</summary>
public static class SettingsModule
{
    /// <summary>Reads all sources but the saved overrides. The answer is usable while the host is still being built; its values follow later changes.</summary>
    /// <exception cref="StartRefusedException">A source is wrong; the message names file, line, column and remedy.</exception>
    public static CurrentSettings AddSettings(this WebApplicationBuilder builder, string service)
    {
        var sources = SettingsSources.Find(builder.Configuration, Environment.GetEnvironmentVariables());
        var live = new LiveSettings(sources.FileLayer, sources.Environment, sources.CommandLine);
        var catalog = CatalogFile.Open(live.Current.Current.App.ModelsFile, Path.GetDirectoryName(sources.File.Path)!);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(sources).AddSingleton(live).AddSingleton(live.Current).AddSingleton(catalog).AddSingleton(catalog.Current);
        builder.Services.AddSingleton<SettingsReport>().AddSingleton(new SettingsValidator(live)).AddSingleton(new SettingsDescription(live));
        builder.Services
            .AddTable(live.Current, s => s.App).AddTable(live.Current, s => s.Upstream).AddTable(live.Current, s => s.Proxy)
            .AddTable(live.Current, s => s.Retry).AddTable(live.Current, s => s.Token);
        builder.Services.AddHostedService(p => new StartReport(service, p.GetRequiredService<SettingsSources>(), live, p.GetRequiredService<SettingsReport>()));
        builder.Services.AddHostedService<ReloadOnChange>();
        return live.Current;
    }

    /// <summary>Adds the overrides saved in the database. Comes after the database, the protection of secrets and the bus.</summary>
    internal static void AddSavedSettings(this WebApplicationBuilder builder)
    {
        var ignoring = builder.Services.Registered<SettingsSources>().IgnoreOverrides;
        var saved = new SavedOverrides();
        builder.Services.Registered<LiveSettings>().Current.Ready = saved.SettingsReady;
        builder.Services.AddSingleton(saved).AddSingleton<OverridesTable>().AddSingleton<OverrideSecrets>();
        builder.Services.AddSingleton(p => new OverridesLoader(
            p.GetRequiredService<OverridesTable>(), p.GetRequiredService<OverrideSecrets>(), p.GetRequiredService<LiveSettings>(), p.GetRequiredService<SavedOverrides>(),
            p.GetRequiredService<ILogger<OverridesLoader>>())
        { Ignoring = ignoring });
        builder.Services.AddSingleton(p => new OverridesRefresh(p.GetRequiredService<OverridesLoader>()));
        builder.Services.AddHostedService<OverridesWatch>();
        builder.AddBroadcastConsumer<SettingsChangedConsumer, SettingsChanged>();
    }

    private static IServiceCollection AddTable<TOptions>(this IServiceCollection services, CurrentSettings settings, Func<SettingsSnapshot, TOptions> table)
        where TOptions : class
    {
        var options = new SnapshotOptions<TOptions>(settings, table);
        return services.AddSingleton<IOptionsMonitor<TOptions>>(options).AddSingleton<IOptions<TOptions>>(options);
    }

    /// <summary>Says at start where the settings come from and what is odd about them.</summary>
    private sealed class StartReport(string service, SettingsSources sources, LiveSettings live, SettingsReport report) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            report.Started(service, sources.File.Path, sources.FileExists, live.Build);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
