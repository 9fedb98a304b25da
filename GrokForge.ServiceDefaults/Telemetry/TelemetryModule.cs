using System.Diagnostics.Metrics;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Registers metrics, always to be read at /metrics, and exports metrics, traces and logs where a collector is named.</summary>
internal static class TelemetryModule
{
    private const string HttpClientMeter = "System.Net.Http";

    public static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        var npgsql = NpgsqlStoreOptions.From(builder.Configuration);
        var collector = !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        var telemetry = builder.Services.AddOpenTelemetry();
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_SERVICE_NAME"]))
            telemetry.ConfigureResource(resource => resource.AddService($"grokforge-{service}"));

        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(GrokForgeTelemetry.Name, "MassTransit", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", HttpClientMeter)
                .AddView(instrument => IsWorthItsCost(instrument) ? null : MetricStreamConfiguration.Drop).AddRuntimeInstrumentation().AddPrometheusExporter();
            if (!npgsql.DisableMetrics)
                metrics.AddMeter("Npgsql");
            if (collector)
                metrics.AddOtlpExporter();
        });

        // Without a collector nobody reads spans: trace ids still flow, as the host and the HTTP client pass them on by themselves.
        if (!collector)
            return;

        telemetry.WithTracing(traces =>
        {
            // The client of internal calls hangs its HTTP spans on one of its own; unless that is exported too, every trace falls apart there.
            traces.AddSource(GrokForgeTelemetry.Name, "MassTransit", "Grpc.Net.Client").AddHttpClientInstrumentation()
                .AddAspNetCoreInstrumentation(requests => requests.Filter = context => !Health.HealthEndpoints.IsProbe(context.Request.Path))
                .AddOtlpExporter();
            if (!npgsql.DisableTracing)
                traces.AddSource("Npgsql");
        });
        builder.Logging.AddFilter<OpenTelemetryLoggerProvider>(null, LogLevel.Information);
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.AddProcessor(new MaskedExport()).AddOtlpExporter();
        });
    }

    /// <summary>The client's gauges of connections and queues are written up to eight times per request; its durations tell what operators look for.</summary>
    private static bool IsWorthItsCost(Instrument instrument) => instrument.Meter.Name != HttpClientMeter || instrument.Name == "http.client.request.duration";
}
