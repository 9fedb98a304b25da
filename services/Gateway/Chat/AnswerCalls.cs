using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Keeps the tool calls of one answer while they pass: for an answer told whole, and to count their tokens.</summary>
internal sealed class AnswerCalls(int most) : IDisposable
{
    private const int FirstBytes = 256;

    private readonly List<Call> _calls = [];

    public int Count => _calls.Count;

    /// <summary>Bytes of names and arguments that passed, kept or not.</summary>
    public long TotalBytes { get; private set; }

    /// <summary>Whether everything was kept.</summary>
    public bool IsWhole => TotalBytes <= most;

    /// <summary>Names and arguments, as far as they were kept.</summary>
    public IEnumerable<string> Texts => _calls.SelectMany(call => new[] { call.Name, System.Text.Encoding.UTF8.GetString(call.Arguments.Span) });

    public void Append(ToolDelta delta)
    {
        if (delta.Id.Length > 0)
            _calls.Add(new Call(delta.Id, delta.Name, delta.Custom, new PooledBytes(FirstBytes)));
        TotalBytes += delta.Name.Length + delta.Arguments.Length;
        if (IsWhole && _calls.Count > 0)
            _calls[^1].Arguments.Append(delta.Arguments.Span);
    }

    /// <summary>[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}], {"type":"custom","custom":{"name":"n","input":"text"}} for a custom one.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartArray("tool_calls");
        foreach (var call in _calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.Id);
            json.WriteString("type", call.Custom ? "custom" : "function");
            json.WriteStartObject(call.Custom ? "custom" : "function");
            json.WriteString("name", call.Name);
            if (call.Custom)
                json.WriteString("input", call.Arguments.Span);
            else
                json.WriteString("arguments", call.Arguments.Length > 0 ? call.Arguments.Span : "{}"u8);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public void Clear()
    {
        foreach (var call in _calls)
            call.Arguments.Dispose();
        _calls.Clear();
        TotalBytes = 0;
    }

    public void Dispose() => Clear();

    private sealed record Call(string Id, string Name, bool Custom, PooledBytes Arguments);
}
