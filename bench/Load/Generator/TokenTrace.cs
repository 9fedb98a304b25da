using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using GrokForge.LoadBench.Upstream;

namespace GrokForge.LoadBench.Generator;

/// <summary>Reads the events of a stream as they come: when each token was sent and when it arrived, which are missing, and whether the stream was ended.</summary>
internal sealed class TokenTrace(List<long> latencies, List<long> firstTokens)
{
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private long _begin;

    /// <summary>Tokens of this stream so far.</summary>
    public int Count { get; private set; }

    /// <summary>The stream's last event was [DONE].</summary>
    public bool IsDone { get; private set; }

    /// <summary>Tokens came in another order than they were sent in.</summary>
    public bool IsDisordered { get; private set; }

    public void Begin()
    {
        (_begin, Count, IsDone, IsDisordered) = (Stopwatch.GetTimestamp(), 0, false, false);
        _line.ResetWrittenCount();
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            if (_line.WrittenCount == 0)
            {
                TakeLine(bytes[..end]);
            }
            else
            {
                _line.Write(bytes[..end]);
                TakeLine(_line.WrittenSpan);
                _line.ResetWrittenCount();
            }
            bytes = bytes[(end + 1)..];
        }
        _line.Write(bytes);
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("data: "u8))
            return;
        if (line.StartsWith("data: [DONE]"u8))
        {
            IsDone = true;
            return;
        }

        var at = line.IndexOf("\"content\":\""u8);
        if (at < 0)
            return;
        var now = Stopwatch.GetTimestamp();
        TakeWords(line[(at + 11)..], now);
        for (var text = line[(at + 11)..]; Utf8Parser.TryParse(text, out int number, out var used) && text[used] == ':';)
        {
            if (!Utf8Parser.TryParse(text[(used + 1)..], out long sentAt, out var digits))
                return;
            if (number != Count)
                IsDisordered = true;
            CountOne(now);
            latencies.Add(now - sentAt);
            text = text[(used + digits + 2)..];
        }
    }

    private void TakeWords(ReadOnlySpan<byte> text, long now)
    {
        while (Count < Frames.Words.Count && text.StartsWith(Frames.Words[Count].Span))
        {
            text = text[Frames.Words[Count].Length..];
            CountOne(now);
        }

        if (text.Length > 0 && char.IsAsciiLetter((char)text[0]))
            IsDisordered = true;
    }

    private void CountOne(long now)
    {
        if (Count++ == 0)
            firstTokens.Add(now - _begin);
    }
}
