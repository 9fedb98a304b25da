using System.Buffers;
using System.Text;

namespace GrokForge.LoadBench.Upstream;

/// <summary>
/// The prepared bytes of one upstream protocol. A token's text is a word, as most tokens are: what estimates tokens has 50 to count. Of a paced stream it is its number and when
/// it was sent, in ticks of the machine's clock: "17:123456789 ".
/// </summary>
internal sealed class Frames
{
    public static readonly Frames OfficialApi = new()
    {
        ContentType = "text/event-stream",
        Whole = Bytes(
            """{"id":"chatcmpl-bench","object":"chat.completion","created":1760000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"The quick brown fox jumps over the lazy dog.","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":10,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0}}}"""),
        Head = Event("""{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"bench","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}"""),
        Before = Bytes("""data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"bench","choices":[{"index":0,"delta":{"content":""" + "\""),
        After = Bytes("\"" + """},"finish_reason":null}]}""" + "\n\n"),
        End = Event("""{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"""),
        Usage = Event("""{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1760000000,"model":"bench","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":50,"total_tokens":62,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":0}}}"""),
        Last = Event("[DONE]"),
    };

    public static readonly Frames Web = new()
    {
        ContentType = "application/json",
        Whole = [],
        Head = Bytes("""{"result":{"conversation":{"conversationId":"00000000-0000-4000-8000-000000000001"}}}""" + "\n"),
        Before = Bytes("""{"result":{"response":{"token":""" + "\""),
        After = Bytes("\"" + ""","isThinking":false,"isSoftStop":false,"messageTag":"final","responseId":"00000000-0000-4000-8000-000000000002"}}}""" + "\n"),
        End = Bytes("""{"result":{"response":{"token":"","isThinking":false,"isSoftStop":true,"responseId":"00000000-0000-4000-8000-000000000002"}}}""" + "\n"),
        Usage = [],
        Last = Bytes("""{"result":{"response":{"modelResponse":{"responseId":"00000000-0000-4000-8000-000000000002","message":"","generatedImageUrls":[]},"responseId":"00000000-0000-4000-8000-000000000002"}}}""" + "\n"),
    };

    /// <summary>The text of a stream without pace, each word with the space behind it.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Words { get; } =
    [
        .. ("when the river rose above its old stone banks every house along lower street had water in kitchen and people carried their chairs upstairs while a small boat "
            + "went from door to door with bread milk candles letters news of those who were already safe on the far green hill").Split(' ').Take(MockUpstream.Tokens).Select(w => (ReadOnlyMemory<byte>)Bytes(w + " ")),
    ];

    public static readonly byte[] Models = Bytes("""{"object":"list","data":[{"id":"bench","object":"model","created":1760000000,"owned_by":"xai"}]}""");

    public required string ContentType { get; init; }

    /// <summary>An answer that is not streamed; empty: this protocol always streams.</summary>
    public required byte[] Whole { get; init; }

    public required byte[] Head { get; init; }

    public required byte[] End { get; init; }

    /// <summary>Sent where the request asked for it.</summary>
    public required byte[] Usage { get; init; }

    public required byte[] Last { get; init; }

    private byte[] Before { get; init; } = [];

    private byte[] After { get; init; } = [];

    public void WriteWord(IBufferWriter<byte> body, int number)
    {
        body.Write(Before);
        body.Write(Words[number].Span);
        body.Write(After);
    }

    public void WriteToken(IBufferWriter<byte> body, int number, long sentAt)
    {
        body.Write(Before);
        var mark = body.GetSpan(40);
        number.TryFormat(mark, out var length);
        mark[length++] = (byte)':';
        sentAt.TryFormat(mark[length..], out var digits);
        length += digits;
        mark[length++] = (byte)' ';
        body.Advance(length);
        body.Write(After);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Event(string data) => Bytes($"data: {data}\n\n");
}
