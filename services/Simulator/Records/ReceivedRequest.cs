using System.Text;
using System.Text.Json;

namespace GrokForge.Simulator.Records;

/// <summary>The part of the upstream that a request was meant for.</summary>
public enum Surface
{
    /// <summary>A path that the simulator does not know.</summary>
    Unknown,

    /// <summary>Conversations.</summary>
    Chat,

    /// <summary>Rate limits.</summary>
    Quota,

    /// <summary>File upload.</summary>
    Upload,

    /// <summary>Pictures and files.</summary>
    Asset,

    /// <summary>Chat completions of the official API.</summary>
    ApiChat,

    /// <summary>The models of the official API.</summary>
    ApiModels,

    /// <summary>Picture generation of the official API.</summary>
    ApiImages,

    /// <summary>The clearance solver.</summary>
    Solver,
}

/// <summary>One request as it arrived, and what became of it.</summary>
public sealed class ReceivedRequest
{
    private long bytesSent;
    private int served;

    /// <summary>Counts from 1 in order of arrival.</summary>
    public required long Number { get; init; }

    public required Surface Surface { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>The value of the sso cookie, or the key of the official API; or empty.</summary>
    public required string Token { get; init; }

    /// <summary>Headers by name, ignoring case; all values of repeated ones.</summary>
    public required IReadOnlyDictionary<string, string[]> Headers { get; init; }

    /// <summary>Tells requests that came over one connection from others.</summary>
    public required string Connection { get; init; }

    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The body as JSON, or null where it is none.</summary>
    public required JsonElement? Json { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The mode asked for: <c>modeId</c>, else <c>modelName</c>, else empty.</summary>
    public string Mode => Field("modeId") is { Length: > 0 } mode ? mode : Field("modelName");

    /// <summary>The prompt of a chat request, or empty.</summary>
    public string Message => Field("message");

    /// <summary>The model asked of the official API, or empty.</summary>
    public string Model => Field("model");

    /// <summary>The status answered, or 0 while there is none.</summary>
    public int Status { get; internal set; }

    /// <summary>True from the first part of an answer on: the request has cost its token a unit.</summary>
    public bool Served => Volatile.Read(ref served) == 1;

    public long BytesSent => Interlocked.Read(ref bytesSent);

    /// <summary>When the client went away before the answer's end, or null.</summary>
    public DateTimeOffset? DisconnectedAt { get; internal set; }

    /// <summary>When the simulator was done with the request, or null.</summary>
    public DateTimeOffset? FinishedAt { get; internal set; }

    public bool Disconnected => DisconnectedAt is not null;

    public bool Finished => FinishedAt is not null;

    /// <summary>A header's only value, or empty.</summary>
    internal string Header(string name) => Headers.TryGetValue(name, out var values) && values is [var only] ? only : "";

    internal bool MarkServed() => Interlocked.Exchange(ref served, 1) == 0;

    internal void AddBytes(long count) => Interlocked.Add(ref bytesSent, count);

    private string Field(string name) =>
        Json is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
}
