using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Rim;
using GrokForge.TestKit;

namespace GrokForge.Unit.Tests.Gateway;

public sealed class SseFramingTests
{
    private const string Head = "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":17,\"model\":\"m \\\"x\\\"\"";

    private static readonly ChatChunks Plain = new("chatcmpl-1", 17, "m \"x\"", index: 0, includeUsage: false);
    private static readonly ChatChunks WithUsage = new("chatcmpl-1", 17, "m \"x\"", index: 0, includeUsage: true);

    [Fact]
    public void A_stream_begins_with_the_role_chunk_and_two_kilobytes_of_comment_lines()
    {
        var opening = Encoding.UTF8.GetString(ChatChunks.Opening([Plain]).Span);
        var role = Head + ""","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}""" + "\n\n";
        Assert.StartsWith(role, opening, StringComparison.Ordinal);

        var padding = opening[role.Length..];
        Assert.True(padding.Length is >= 2048 and < 2100);
        Assert.EndsWith("\n\n", padding, StringComparison.Ordinal);
        Assert.All(padding.TrimEnd('\n').Split('\n'), line => Assert.StartsWith(":", line, StringComparison.Ordinal));
    }

    [Fact]
    public void A_content_chunk_is_one_line_with_a_null_finish_reason() =>
        Assert.Equal(
            Head + ""","choices":[{"index":0,"delta":{"content":"Hé\n\"\\\u0001/<b>"},"logprobs":null,"finish_reason":null}]}""" + "\n\n",
            Write(Plain.Content(Encoding.UTF8.GetBytes("Hé\n\"\\\u0001/<b>"))));

    [Fact]
    public void Chunks_carry_a_null_usage_only_where_usage_was_asked_for() =>
        Assert.Equal(
            Head + ""","choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}],"usage":null}""" + "\n\n",
            Write(WithUsage.Content(Encoding.UTF8.GetBytes("a"))));

    [Fact]
    public void A_stream_ends_with_the_finish_chunk_and_the_end_mark() =>
        Assert.Equal(
            Head + ""","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}""" + "\n\ndata: [DONE]\n\n",
            Encoding.UTF8.GetString(Plain.Ending(Plain.Finish("stop", new AnswerNotes()), default).Span));

    [Fact]
    public void Usage_comes_between_the_finish_chunk_and_the_end_mark() =>
        Assert.Equal(
            Head + ""","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null}""" + "\n\n"
            + Head + ""","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"""
            + "\n\ndata: [DONE]\n\n",
            Encoding.UTF8.GetString(WithUsage.Ending(WithUsage.Finish("length", new AnswerNotes()), new ChatUsage(1, 2, 0, 0, true)).Span));

    [Fact]
    public void A_broken_stream_ends_with_the_envelope_and_the_end_mark() =>
        Assert.Equal(
            """data: {"error":{"message":"gone","type":"server_error","param":null,"code":"upstream_error"}}""" + "\n\ndata: [DONE]\n\n",
            Encoding.UTF8.GetString(ChatChunks.BrokenEnding(new OpenAIError(502, "upstream_error", "gone")).Span));

    [Fact]
    public void Any_text_survives_any_split_into_whole_code_points() =>
        Gen.Select(Gen.OneOf(Gen.String, Gen.String[Gen.Char["a\"\\\n\r\t\u0000\u001f\u007f\u2028é中"]]), Gen.Int[1, 7]).Sample((text, step) =>
        {
            var clean = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var stream = new StringBuilder(Encoding.UTF8.GetString(ChatChunks.Opening([Plain]).Span));
            foreach (var piece in Pieces(clean, step))
                stream.Append(Write(Plain.Content(Encoding.UTF8.GetBytes(piece))));
            stream.Append(Encoding.UTF8.GetString(Plain.Ending(Plain.Finish("stop", new AnswerNotes()), default).Span));
            return SseTranscript.Parse(stream.ToString()).Content == clean;
        });

    [Fact]
    public void Escaped_text_is_what_a_json_parser_reads_back() =>
        Gen.String.Sample(text =>
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            var output = new ArrayBufferWriter<byte>();
            output.Write("\""u8);
            JsonText.Write(output, utf8);
            output.Write("\""u8);
            return JsonSerializer.Deserialize<string>(output.WrittenSpan) == Encoding.UTF8.GetString(utf8);
        });

    private static string Write(SseEvent sseEvent)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(sseEvent.Before.Span);
        JsonText.Write(output, sseEvent.Text.Span);
        output.Write(sseEvent.After.Span);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static IEnumerable<string> Pieces(string text, int step)
    {
        var runes = text.EnumerateRunes().Select(r => r.ToString()).ToList();
        for (var i = 0; i < runes.Count; i += step)
            yield return string.Concat(runes.Skip(i).Take(step));
    }
}
