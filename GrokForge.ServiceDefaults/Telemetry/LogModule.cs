using System.Globalization;
using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;
using Serilog.Formatting.Display;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Registers the logs: console and a rolling file, masked, with a level that follows the settings.</summary>
internal static class LogModule
{
    private const string Line = "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {Message:lj} [{SourceContext} {RequestId} {TraceId}]{NewLine}{Exception}";

    public static void AddLogs(this WebApplicationBuilder builder, string service, CurrentSettings settings, DataFolder folder)
    {
        var app = settings.Current.App;
        var level = new LoggingLevelSwitch(Level(app.LogLevel));
        var others = new LoggingLevelSwitch(AtLeastWarning(level.MinimumLevel));
        settings.Changed += changed =>
        {
            level.MinimumLevel = Level(changed.App.LogLevel);
            others.MinimumLevel = AtLeastWarning(level.MinimumLevel);
        };

        var logs = new LoggerConfiguration()
            .MinimumLevel.ControlledBy(level)
            .MinimumLevel.Override("Microsoft", others)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", level)
            .MinimumLevel.Override("System", others)
            .MinimumLevel.Override("MassTransit", others)
            .MinimumLevel.Override("Grpc", others)
            // A failed start is told by StartUp in one sentence; a background service that ends with its host has not failed.
            .Filter.ByExcluding(e => IsFrom(e, "Microsoft.Extensions.Hosting.Internal.Host") && (e.Level == LogEventLevel.Error || e.Exception is OperationCanceledException))
            // Neither has an event that its sender gave up because the process ends.
            .Filter.ByExcluding(e => e.Exception is OperationCanceledException && SourceOf(e).StartsWith("MassTransit", StringComparison.Ordinal))
            // What is listened on is said in code, after the addresses were read: Kestrel's warning about them tells nothing.
            .Filter.ByExcluding(e => IsFrom(e, "Microsoft.AspNetCore.Server.Kestrel") && e.MessageTemplate.Text.StartsWith("Overriding address", StringComparison.Ordinal))
            .Enrich.With(new RequestIdEnricher())
            .Enrich.WithProperty("Service", service)
            .WriteTo.Console(Formatter(app.LogJson), levelSwitch: level);
        if (File(app, service, folder) is { } file)
        {
            logs.WriteTo.File(
                Formatter(app.LogJson), file, fileSizeLimitBytes: app.LogMaxSizeMb * 1024L * 1024, rollOnFileSizeLimit: true, retainedFileCountLimit: app.LogMaxBackups + 1);
        }

        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Debug).AddSerilog(logs.CreateLogger(), dispose: true);
    }

    internal static LogEventLevel Level(string name) => name switch
    {
        "debug" => LogEventLevel.Debug,
        "warn" => LogEventLevel.Warning,
        "error" => LogEventLevel.Error,
        _ => LogEventLevel.Information,
    };

    private static LogEventLevel AtLeastWarning(LogEventLevel level) => level > LogEventLevel.Warning ? level : LogEventLevel.Warning;

    private static bool IsFrom(LogEvent e, string source) => SourceOf(e) == source;

    private static string SourceOf(LogEvent e) =>
        e.Properties.TryGetValue(Constants.SourceContextPropertyName, out var value) && value is ScalarValue { Value: string text } ? text : "";

    private static MaskingFormatter Formatter(bool json) =>
        new(json ? new RenderedCompactJsonFormatter() : new MessageTemplateTextFormatter(Line, CultureInfo.InvariantCulture));

    // One file per service: several of them may share a data folder on a developer's machine.
    private static string? File(AppOptions app, string service, DataFolder folder)
    {
        if (app.LogFilePath.Length == 0)
            return null;

        var file = folder.In(app.LogFilePath);
        return service == "allinone" ? file : Path.Combine(Path.GetDirectoryName(file)!, $"{Path.GetFileNameWithoutExtension(file)}-{service}{Path.GetExtension(file)}");
    }
}
