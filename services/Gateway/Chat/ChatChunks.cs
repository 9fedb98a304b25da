using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// The chunks of one streamed answer as bytes, made ready before the first: data: {"id":…,"object":"chat.completion.chunk","created":…,"model":…,
/// "choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}
/// </summary>
/// <param name="includeUsage">Whether the client asked for a usage chunk; all other chunks then carry "usage":null.</param>
internal sealed class ChatChunks(string id, long created, string model, bool includeUsage)
{
    private readonly byte[] _head = Head(id, created, model);
    private readonly ToolChunks _tools = new([.. Head(id, created, model), .. "\"choices\":[{\"index\":0,\"delta\":{"u8], Tail(includeUsage));
    private readonly byte[] _contentBefore =
        [.. Head(id, created, model), .. "\"choices\":[{\"index\":0,\"delta\":{\"content\":\""u8];
    private readonly byte[] _contentAfter = [.. "\""u8, .. Tail(includeUsage)];

    /// <summary>What a stream begins with: the role chunk, then the padding.</summary>
    public ReadOnlyMemory<byte> Opening()
    {
        byte[] role = [.. _head, .. "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\""u8, .. _contentAfter];
        return (byte[])[.. role, .. SseBytes.Padding.Span];
    }

    public SseEvent Content(ReadOnlyMemory<byte> text) => new(_contentBefore, text, _contentAfter);

    public SseEvent Tool(ToolDelta delta) => _tools.Of(delta);

    /// <summary>A piece of content that cites a page: "delta":{"content":"[[1]](https://example.com/a)","annotations":[{"type":"url_citation",…}]}</summary>
    public SseEvent Citation(ReadOnlyMemory<byte> text, Annotation annotation)
    {
        var after = new ArrayBufferWriter<byte>(512);
        after.Write("\",\"annotations\":["u8);
        using (var json = new Utf8JsonWriter(after, ChatIds.Json))
            annotation.WriteTo(json);
        after.Write("]"u8);
        // What follows the content's closing quote.
        after.Write(_contentAfter.AsSpan(1));
        return new SseEvent(_contentBefore, text, after.WrittenMemory);
    }

    /// <summary>The finish chunk with the sources, the usage chunk where one was asked for, and the end mark.</summary>
    public ReadOnlyMemory<byte> Ending(string finishReason, ChatUsage usage, AnswerNotes notes)
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write(_head);
        output.Write("\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\""u8);
        JsonText.Write(output, System.Text.Encoding.UTF8.GetBytes(finishReason));
        output.Write("\"}]"u8);
        if (notes.HasSources)
        {
            output.Write(","u8);
            using var json = new Utf8JsonWriter(output, ChatIds.Json);
            notes.WriteSources(json);
        }
        output.Write(includeUsage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
        if (includeUsage)
        {
            output.Write(_head);
            output.Write("\"choices\":[],\"usage\":"u8);
            using (var json = new Utf8JsonWriter(output))
                usage.WriteTo(json);
            output.Write("}\n\n"u8);
        }

        output.Write(SseBytes.Done.Span);
        return output.WrittenMemory;
    }

    /// <summary>How a stream ends that broke after it was opened: the error in the envelope, no finish reason, the end mark.</summary>
    public static ReadOnlyMemory<byte> BrokenEnding(OpenAIError error) =>
        (byte[])[.. "data: "u8, .. error.ToJson(), .. "\n\n"u8, .. SseBytes.Done.Span];

    /// <summary>From the end of a delta on.</summary>
    private static byte[] Tail(bool includeUsage) => includeUsage
        ? [.. "},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n"u8]
        : [.. "},\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8];

    private static byte[] Head(string id, long created, string model)
    {
        var name = JsonEncodedText.Encode(model, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        var text = $$"""data: {"id":"{{id}}","object":"chat.completion.chunk","created":{{created}},"model":"{{name}}",""";
        return System.Text.Encoding.UTF8.GetBytes(text);
    }
}
