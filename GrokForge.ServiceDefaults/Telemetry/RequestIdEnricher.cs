using Serilog.Core;
using Serilog.Events;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Writes the ambient request id on what is logged. Asked only when something is: an id per request in the log's own context would cost every request.</summary>
internal sealed class RequestIdEnricher : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        if (RequestId.Current is { } id)
            logEvent.AddOrUpdateProperty(new LogEventProperty("RequestId", new ScalarValue(id)));
    }
}
