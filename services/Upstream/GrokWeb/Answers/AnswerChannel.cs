using System.Text;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>One of an answer's two voices, text or reasoning: its tokens become whole code points, then lose the listed tags, then the upstream's own addresses.</summary>
internal sealed class AnswerChannel
{
    private readonly TokenText _tokens = new();
    private readonly TagFilter _tags;
    private readonly MediaScan _scan;
    private readonly TextSink _pass;
    private byte _last = (byte)'\n';
    private bool _lineIsFull;

    /// <param name="pass">Takes what is left of the text.</param>
    /// <param name="element">Takes the listed elements, in their places.</param>
    /// <param name="image">Takes the upstream's images, in their places.</param>
    public AnswerChannel(AnswerRules rules, TextSink pass, Action<Element> element, ImageSink image)
    {
        _pass = pass;
        _scan = new MediaScan(rules.Media, Pass, image);
        _tags = new TagFilter(rules.Tags, _scan.Write, bytes => element(new Element(bytes)));
    }

    /// <summary>A token's text, as it was sent. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Decode(RawText token) => _tokens.Decode(token);

    /// <summary>Half a code point that still waits for its rest; it will not come. Valid until the next call.</summary>
    public ReadOnlySpan<byte> FlushTokens() => _tokens.Flush();

    public void Write(ReadOnlySpan<byte> text) => _tags.Write(text);

    /// <summary>Writes words of ours into the text, on a line of their own.</summary>
    public void WriteLine(string line)
    {
        BeginLine();
        WriteInline(line + "\n");
    }

    /// <summary>Writes words of ours into the text, at this place.</summary>
    public void WriteInline(string words)
    {
        Interrupt();
        _scan.Write(Encoding.UTF8.GetBytes(words));
        Interrupt();
    }

    /// <summary>Lets go of what is held as a possible address: something else stands at this place.</summary>
    public void Interrupt() => _scan.End();

    /// <summary>Ends the line where there is text on it.</summary>
    public void BeginLine()
    {
        Interrupt();
        if (_last != '\n')
            Pass("\n"u8);
        _lineIsFull = false;
    }

    /// <summary>Something that is no text was put on the line, and nothing may follow it there.</summary>
    public void FillLine()
    {
        _last = (byte)')';
        _lineIsFull = true;
    }

    /// <summary>Lets go of what is held as a mere possibility; an element or address that has begun may still go on.</summary>
    public void Release()
    {
        _tags.Release();
        _scan.Release();
    }

    public void End()
    {
        _tags.End();
        _scan.End();
    }

    private void Pass(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        if (_lineIsFull && text[0] is not ((byte)'\n' or (byte)'\r'))
            _pass("\n"u8);
        _lineIsFull = false;
        _last = text[^1];
        _pass(text);
    }
}
