using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>The id by which a person finds one request in all logs: flows with the work, over HTTP, gRPC and the bus.</summary>
public static class RequestId
{
    public const string Header = "x-request-id";

    private static readonly AsyncLocal<string?> Ambient = new();

    /// <summary>The id of the request at work here; null outside of requests.</summary>
    public static string? Current => Ambient.Value;

    /// <summary>At most 128 visible ASCII characters: safe in headers and logs.</summary>
    public static bool IsSane(string? id) => id is { Length: > 0 and <= 128 } && !id.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>An id of our own making, 32 hexadecimal digits.</summary>
    public static string New() => UniqueId.NewText();

    /// <summary>Puts an id in force, here and in the logs, until disposed. One that is not sane changes nothing.</summary>
    internal static Scope Use(string? id)
    {
        var before = Ambient.Value;
        if (IsSane(id))
            Ambient.Value = id;
        return new Scope(before);
    }

    /// <summary>How long an id is in force.</summary>
    internal readonly struct Scope(string? before) : IDisposable
    {
        public void Dispose() => Ambient.Value = before;
    }
}
