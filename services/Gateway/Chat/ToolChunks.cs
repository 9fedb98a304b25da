using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>The tool-call deltas of one streamed answer: the first of a call names it, {"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":""}}, later ones bring arguments. A call of the type custom has the object custom instead, with its text as input.</summary>
/// <param name="before">A chunk up to the inside of its delta.</param>
/// <param name="after">A chunk from the end of its delta on.</param>
internal sealed class ToolChunks(byte[] before, byte[] after)
{
    private readonly byte[] _argumentsEnd = [.. "\"}}]"u8, .. after];
    private byte[] _argumentsBefore = [];
    private int _index = -1;

    public SseEvent Of(ToolDelta delta)
    {
        if (delta.Id.Length > 0)
            return new SseEvent((byte[])[.. before, .. Encoding.UTF8.GetBytes(Opening(delta))], delta.Arguments.Memory, _argumentsEnd);
        if (delta.Index != _index)
        {
            _index = delta.Index;
            _argumentsBefore = [.. before, .. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$$"""
                "tool_calls":[{"index":{{{delta.Index}}},"{{{Kind(delta)}}}":{"{{{Content(delta)}}}":"
                """))];
        }
        return new SseEvent(_argumentsBefore, delta.Arguments.Memory, _argumentsEnd);
    }

    private static string Opening(ToolDelta delta) => string.Create(CultureInfo.InvariantCulture, $$$"""
        "tool_calls":[{"index":{{{delta.Index}}},"id":"{{{Text(delta.Id)}}}","type":"{{{Kind(delta)}}}","{{{Kind(delta)}}}":{"name":"{{{Text(delta.Name)}}}","{{{Content(delta)}}}":"
        """);

    private static string Kind(ToolDelta delta) => delta.Custom ? "custom" : "function";

    private static string Content(ToolDelta delta) => delta.Custom ? "input" : "arguments";

    private static string Text(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
}
