using OpenTelemetry;
using OpenTelemetry.Logs;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Masks secrets in log records on their way to a collector. Exceptions go without their message, which the log file has.</summary>
internal sealed class MaskedExport : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        if (data.FormattedMessage is { } message)
            data.FormattedMessage = SecretMask.Apply(message);
        if (data.Body is { } body)
            data.Body = SecretMask.Apply(body);
        if (data.Attributes is { } attributes)
            data.Attributes = [.. attributes.Select(a => a.Value is string text ? new(a.Key, SecretMask.Apply(text)) : a)];
        if (data.Exception is { } exception)
            data.Exception = new MaskedException(exception);
    }

    /// <summary>Stands for an exception in exported records, with its texts masked.</summary>
    private sealed class MaskedException(Exception original) : Exception(SecretMask.Apply(original.Message))
    {
        public override string? StackTrace => original.StackTrace;

        public override string ToString() => SecretMask.Apply(original.ToString());
    }
}
