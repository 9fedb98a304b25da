using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Takes the inside of a JSON string byte by byte and says the text it stands for. Escapes that are none stay as they are written.</summary>
internal sealed class EscapedText
{
    private readonly char[] _unit = new char[4];
    private int _digits = -1;
    private bool _escaped;
    private char _high;

    /// <summary>Takes one byte; appends what is sure by now.</summary>
    public void Take(byte b, Bytes text)
    {
        if (_digits >= 0)
        {
            _unit[_digits++] = (char)b;
            if (_digits == 4)
                EndUnit(text);
            return;
        }
        if (_escaped)
        {
            _escaped = false;
            if (b == 'u')
                _digits = 0;
            else
                Put(b, text);
            return;
        }
        if (b == '\\')
        {
            _escaped = true;
            return;
        }
        EndSurrogate(text);
        text.Add(b);
    }

    /// <summary>The text has ended: half a surrogate pair stays half.</summary>
    public void End(Bytes text) => EndSurrogate(text);

    private void Put(byte b, Bytes text)
    {
        EndSurrogate(text);
        switch (b)
        {
            case (byte)'n':
                text.Add((byte)'\n');
                break;
            case (byte)'r':
                text.Add((byte)'\r');
                break;
            case (byte)'t':
                text.Add((byte)'\t');
                break;
            case (byte)'b':
                text.Add((byte)'\b');
                break;
            case (byte)'f':
                text.Add((byte)'\f');
                break;
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'\'':
                text.Add(b);
                break;
            default:
                text.Add((byte)'\\');
                text.Add(b);
                break;
        }
    }

    private void EndUnit(Bytes text)
    {
        _digits = -1;
        if (!ushort.TryParse(_unit, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value))
            return;
        var unit = (char)value;
        if (_high != 0 && char.IsLowSurrogate(unit))
        {
            Add(new Rune(_high, unit), text);
            _high = '\0';
            return;
        }
        EndSurrogate(text);
        if (char.IsHighSurrogate(unit))
            _high = unit;
        else
            Add(Rune.TryCreate(unit, out var rune) ? rune : Rune.ReplacementChar, text);
    }

    private void EndSurrogate(Bytes text)
    {
        if (_high != 0)
            Add(Rune.ReplacementChar, text);
        _high = '\0';
    }

    private static void Add(Rune rune, Bytes text)
    {
        Span<byte> utf8 = stackalloc byte[4];
        text.Add(utf8[..rune.EncodeToUtf8(utf8)]);
    }
}
