using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>
/// The chunks of one choice of a streamed answer as bytes, each kind made ready when it is first needed: data: {"id":…,"object":"chat.completion.chunk","created":…,"model":…,
/// "choices":[{"index":0,"delta":{"content":"Hi"},"logprobs":null,"finish_reason":null}]}
/// </summary>
/// <param name="index">Which choice it is, from 0.</param>
/// <param name="includeUsage">Whether the client asked for a usage chunk; all other chunks then carry "usage":null.</param>
internal sealed class ChatChunks(string id, long created, string model, int index, bool includeUsage)
{
    private byte[] Head => field ??= MakeHead(id, created, model);

    private ToolChunks Tools => field ??= new([.. Head, .. Choice(index)], Tail(includeUsage));

    private byte[] ContentBefore => field ??= [.. Head, .. Choice(index), .. "\"content\":\""u8];

    private byte[] ReasoningBefore => field ??= [.. Head, .. Choice(index), .. "\"reasoning_content\":\""u8];

    private byte[] TextAfter => field ??= [.. "\""u8, .. Tail(includeUsage)];

    /// <summary>What a stream begins with: the role chunk of each choice, then the padding.</summary>
    public static ReadOnlyMemory<byte> Opening(IEnumerable<ChatChunks> choices) =>
        (byte[])[.. choices.SelectMany(c => c.Role()), .. SseBytes.Padding.Span];

    public SseEvent Content(ReadOnlyMemory<byte> text) => new(ContentBefore, text, TextAfter);

    public SseEvent Reasoning(ReadOnlyMemory<byte> text) => new(ReasoningBefore, text, TextAfter);

    public SseEvent Tool(ToolDelta delta) => Tools.Of(delta);

    /// <summary>A piece of content that cites a page: "delta":{"content":"[[1]](https://example.com/a)","annotations":[{"type":"url_citation",…}]}</summary>
    public SseEvent Citation(ReadOnlyMemory<byte> text, Annotation annotation)
    {
        var after = new ArrayBufferWriter<byte>(512);
        after.Write("\",\"annotations\":["u8);
        using (var json = new Utf8JsonWriter(after, ChatIds.Json))
            annotation.WriteTo(json);
        after.Write("]"u8);
        // What follows the content's closing quote.
        after.Write(TextAfter.AsSpan(1));
        return new SseEvent(ContentBefore, text, after.WrittenMemory);
    }

    /// <summary>The finish chunk of the choice, with its sources.</summary>
    public ReadOnlyMemory<byte> Finish(string finishReason, AnswerNotes notes)
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write(Head);
        output.Write(System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
            "choices":[{"index":{{index}},"delta":{},"logprobs":null,"finish_reason":"
            """)));
        JsonText.Write(output, System.Text.Encoding.UTF8.GetBytes(finishReason));
        output.Write("\"}]"u8);
        if (notes.HasSources)
        {
            output.Write(","u8);
            using var json = new Utf8JsonWriter(output, ChatIds.Json);
            AnswerNotes.WriteSources(json, [notes]);
        }
        output.Write(includeUsage ? ",\"usage\":null}\n\n"u8 : "}\n\n"u8);
        return output.WrittenMemory;
    }

    /// <summary>How a stream ends: the last choice's finish chunk, the usage chunk where one was asked for, and the end mark.</summary>
    public ReadOnlyMemory<byte> Ending(ReadOnlyMemory<byte> finish, ChatUsage usage)
    {
        var output = new ArrayBufferWriter<byte>(512);
        output.Write(finish.Span);
        if (includeUsage)
        {
            output.Write(Head);
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

    /// <summary>The first chunk: {"role":"assistant","content":""}</summary>
    public byte[] Role() => [.. Head, .. Choice(index), .. "\"role\":\"assistant\",\"content\":\""u8, .. TextAfter];

    /// <summary>From the choices to the inside of a delta.</summary>
    private static byte[] Choice(int index) => System.Text.Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        "choices":[{"index":{{index}},"delta":{
        """));

    /// <summary>From the end of a delta on.</summary>
    private static byte[] Tail(bool includeUsage) => includeUsage
        ? [.. "},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n"u8]
        : [.. "},\"logprobs\":null,\"finish_reason\":null}]}\n\n"u8];

    private static byte[] MakeHead(string id, long created, string model)
    {
        var name = JsonEncodedText.Encode(model, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        var text = $$"""data: {"id":"{{id}}","object":"chat.completion.chunk","created":{{created}},"model":"{{name}}",""";
        return System.Text.Encoding.UTF8.GetBytes(text);
    }
}
