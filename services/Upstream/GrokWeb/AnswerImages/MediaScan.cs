using System.Buffers;
using System.Text;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>Takes a picture's address as the text had it, and the words that stand for the picture.</summary>
internal delegate void ImageSink(string address, string alt);

/// <summary>
/// Takes the upstream's media addresses out of a text that comes in pieces: ![a cat](users/u/generated/i/image.jpg) and an address that stands alone become images, any other
/// becomes a word, those in JSON (https:\/\/assets.grok.com\/a.jpg) and in other addresses (users%2Fu%2Ff%2Fcontent) too. However the text is cut the result is the same, and what could become an address is held back until it is known. Looks at every byte at most a few times.
/// </summary>
internal sealed class MediaScan(MediaAddresses addresses, TextSink pass, ImageSink image)
{
    /// <summary>Bytes of one address that are held; a longer one is judged by its beginning.</summary>
    public const int MostHeld = AddressEnd.MostHeld;

    private const int LongestAlt = 1024;
    private const string NoWords = "image";

    private static readonly SearchValues<byte> Marks = SearchValues.Create("!/\\%"u8);
    private static readonly SearchValues<byte> EndOfAlt = SearchValues.Create("[]\n"u8);
    private static readonly SearchValues<byte> EndOfTitle = SearchValues.Create(")\n"u8);

    private readonly ArrayBufferWriter<byte> _held = new(256);
    private readonly AddressStart _start = new(addresses);
    private readonly AddressEnd _end = new();
    private int _addressAt;
    private State _state;

    private enum State
    {
        /// <summary>Nothing is held.</summary>
        Text,

        /// <summary>Held: what may become http:// or users/.</summary>
        Head,

        /// <summary>Held: an exclamation mark.</summary>
        Bang,

        /// <summary>Held: ![ and more.</summary>
        Alt,

        /// <summary>Held: ![alt]</summary>
        AltEnd,

        /// <summary>Held: ![alt]( and more.</summary>
        Address,

        /// <summary>Behind the address of an image that was taken out.</summary>
        Title,

        /// <summary>Held: an address or path from its beginning.</summary>
        Word,

        /// <summary>Held: a path behind one of the upstream's hosts, which stands without a scheme.</summary>
        Path,

        /// <summary>The rest of an address that was taken out.</summary>
        Skip,
    }

    /// <summary>Bytes looked at so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Takes a piece of whole code points.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var used = _state switch
            {
                State.Text => TakeText(text),
                State.Head => TakeHead(text),
                State.Bang => TakeBang(text),
                State.Alt => TakeAlt(text),
                State.AltEnd => TakeAltEnd(text),
                State.Address => TakeAddress(text),
                State.Title => TakeTitle(text),
                State.Skip => Skip(text),
                _ => TakeWord(text),
            };
            Steps += Math.Max(used, 1);
            text = text[used..];
        }
    }

    /// <summary>Lets go of what is hardly an address yet; one that is cut in its middle stays held, or its halves would leave one by one.</summary>
    public void Release()
    {
        if (_state is not (State.Bang or State.Head))
            return;
        PassHeld();
        _state = State.Text;
    }

    /// <summary>The text ends here, or is interrupted: nothing stays held.</summary>
    public void End()
    {
        var behind = _end.TakeBehind();
        // What failed as an image may leave an address held.
        if (_state is State.Alt or State.AltEnd || (_state == State.Address && !TryTakeImage()))
            Fail();
        if (_state is State.Word or State.Path)
            Decide();
        PassHeld();
        Pass(_end.TakeBehind());
        Pass(behind);
        _state = State.Text;
    }

    /// <summary>The text, with a word in the place of every address of media.</summary>
    public static string Clean(MediaAddresses addresses, string text)
    {
        if (!text.AsSpan().ContainsAny('/', '\\', '%'))
            return text;
        var clean = new ArrayBufferWriter<byte>(text.Length + 1);
        var scan = new MediaScan(addresses, bytes => clean.Write(bytes), (_, _) => clean.Write(Encoding.UTF8.GetBytes(NoWords)));
        scan.Write(Encoding.UTF8.GetBytes(text));
        scan.End();
        return Encoding.UTF8.GetString(clean.WrittenSpan);
    }

    private int TakeText(ReadOnlySpan<byte> text)
    {
        for (var from = 0; ;)
        {
            var at = text[from..].IndexOfAny(Marks);
            if (at < 0)
            {
                var head = _start.HeadAtEnd(text);
                return Hold(text, text.Length - head, text.Length, head > 0 ? State.Head : State.Text);
            }

            at += from;
            if (text[at] == '!')
            {
                if (at + 1 == text.Length || text[at + 1] == '[')
                    return Hold(text, at, at + 1, State.Bang);
            }
            else if (EscapedAscii.Of(text[at..], (byte)'/', out var slash) == TagNames.Fit.Whole && _start.Of(text, at, slash) is var start and >= 0)
            {
                return Hold(text, start, at + slash, start == at ? State.Path : State.Word);
            }
            from = at + 1;
        }
    }

    private int TakeHead(ReadOnlySpan<byte> text)
    {
        Keep(text[..1]);
        switch (_start.HeadFit(_held.WrittenSpan, out var isBehindHost))
        {
            case TagNames.Fit.Whole:
                _state = isBehindHost ? State.Path : State.Word;
                return 1;
            case TagNames.Fit.Partial:
                return 1;
            default:
                // Its later bytes may still begin one: "http:/" and then "users/".
                Replay(_held.WrittenSpan[..^1], 1);
                return 0;
        }
    }

    private int TakeBang(ReadOnlySpan<byte> text)
    {
        if (text[0] != '[')
        {
            PassHeld();
            _state = State.Text;
            return 0;
        }
        Keep(text[..1]);
        _state = State.Alt;
        return 1;
    }

    private int TakeAlt(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(EndOfAlt);
        var used = Math.Min(end < 0 ? text.Length : end, LongestAlt - _held.WrittenCount);
        Keep(text[..used]);
        if (used == text.Length)
            return used;
        if (text[used] == ']' && used == end)
        {
            Keep(text.Slice(used, 1));
            _state = State.AltEnd;
            return used + 1;
        }
        Fail();
        return used;
    }

    private int TakeAltEnd(ReadOnlySpan<byte> text)
    {
        if (text[0] != '(')
        {
            Fail();
            return 0;
        }
        Keep(text[..1]);
        _addressAt = _held.WrittenCount;
        _state = State.Address;
        return 1;
    }

    private int TakeAddress(ReadOnlySpan<byte> text)
    {
        var used = _end.Take(text, _held, out var end);
        if (end == WordEnd.None)
            return used;
        var behind = _end.TakeBehind();
        if (!TryTakeImage())
            Fail();
        else
            _state = end == WordEnd.TooLong ? State.Skip : used < text.Length && behind.Length == 0 && text[used] is (byte)')' or (byte)' ' ? State.Title : State.Text;
        Write(behind);
        return used;
    }

    private int TakeTitle(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny(EndOfTitle);
        if (end < 0)
            return text.Length;
        _state = State.Text;
        return text[end] == ')' ? end + 1 : end;
    }

    private int TakeWord(ReadOnlySpan<byte> text)
    {
        var used = _end.Take(text, _held, out var end);
        if (end == WordEnd.None)
            return used;
        var behind = _end.TakeBehind();
        _state = Decide() && end == WordEnd.TooLong ? State.Skip : State.Text;
        Write(behind);
        return used;
    }

    private int Skip(ReadOnlySpan<byte> text)
    {
        _held.ResetWrittenCount();
        var used = _end.Take(text, _held, out var end);
        _held.ResetWrittenCount();
        if (end != WordEnd.Reached)
            return used;
        var behind = _end.TakeBehind();
        _state = State.Text;
        Write(behind);
        return used;
    }

    /// <summary>Passes or takes out the word that is held. True: it was taken out.</summary>
    private bool Decide()
    {
        var word = Encoding.UTF8.GetString(_held.WrittenSpan);
        var context = _state == State.Path ? Encoding.UTF8.GetString(_start.Passed) : "";
        if (!addresses.IsMedia(context + word))
        {
            PassHeld();
            return false;
        }

        var address = word.TrimEnd('.', ';', ':', '!', '?', '*', '_', '~');
        var before = _start.LastPassed;
        _held.ResetWrittenCount();
        if (_state == State.Word && before <= ' ' && IsAsWritten(address))
            image(address, NoWords);
        else if (_state == State.Word && before != '(')
            Pass(Encoding.UTF8.GetBytes(NoWords));
        if (address.Length < word.Length)
            Pass(Encoding.UTF8.GetBytes(word[address.Length..]));
        return true;
    }

    // What is spelt for JSON or for another address stands in code, where no picture can.
    private static bool IsAsWritten(string address) =>
        !address.Contains('\\', StringComparison.Ordinal) && (address.Contains("://", StringComparison.Ordinal) || address.AsSpan().TrimStart('/').StartsWith("users/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes out what is held as ![alt](address. False: the address is none of the upstream's.</summary>
    private bool TryTakeImage()
    {
        var address = Encoding.UTF8.GetString(_held.WrittenSpan[_addressAt..]);
        if (!addresses.IsMedia(address))
            return false;
        var alt = AltOf(_held.WrittenSpan[2..(_addressAt - 2)]);
        _held.ResetWrittenCount();
        _start.Forget();
        image(EscapedAscii.WithoutBackslashes(address), alt);
        return true;
    }

    /// <summary>The words that the text has for the picture, unless they hold an address themselves.</summary>
    private string AltOf(ReadOnlySpan<byte> words)
    {
        var alt = Encoding.UTF8.GetString(words).Trim();
        return alt.Length > 0 && Clean(addresses, alt) == alt ? alt : NoWords;
    }

    /// <summary>What is held is no image of the upstream's: it is read as ordinary text, in which no second image can begin.</summary>
    private void Fail() => Replay(_held.WrittenSpan, 2);

    private void Replay(ReadOnlySpan<byte> held, int passed)
    {
        var copy = held.ToArray();
        _held.ResetWrittenCount();
        _state = State.Text;
        Pass(copy.AsSpan(0, passed));
        Write(copy.AsSpan(passed));
    }

    /// <summary>Passes the text up to <paramref name="from"/>, holds it up to <paramref name="to"/>.</summary>
    private int Hold(ReadOnlySpan<byte> text, int from, int to, State state)
    {
        Pass(text[..from]);
        Keep(text[from..to]);
        _state = state;
        return to;
    }

    private void Keep(ReadOnlySpan<byte> bytes) => _held.Write(bytes);

    private void PassHeld()
    {
        Pass(_held.WrittenSpan);
        _held.ResetWrittenCount();
    }

    private void Pass(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        _start.Pass(text);
        pass(text);
    }
}
