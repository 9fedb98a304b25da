using Serilog.Events;
using Serilog.Formatting;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Masks secrets in the finished line, so that message, properties and exceptions are all covered.</summary>
internal sealed class MaskingFormatter(ITextFormatter inner) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter(System.Globalization.CultureInfo.InvariantCulture);
        inner.Format(logEvent, line);
        output.Write(SecretMask.Apply(line.ToString()));
    }
}
