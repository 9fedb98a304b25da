using System.Buffers;
using System.Text;

namespace GrokForge.Admin.Tokens.Import;

/// <summary>An entry per line. Blank lines are nobody's token, but count as lines.</summary>
internal sealed class ImportLines : ImportForm
{
    private int _line;
    private bool _skips;

    public override SequencePosition Take(in ReadOnlySequence<byte> buffer, bool isLast, List<ImportEntry> entries)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (_line == 0)
            reader.IsNext("\uFEFF"u8, advancePast: true);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            TakeLine(line, entries);
        if (isLast)
        {
            TakeLine(reader.UnreadSequence, entries);
            return buffer.End;
        }

        if (reader.Remaining <= ImportInput.LongestEntry)
            return reader.Position;
        // Told once, by its beginning; the rest of it goes by.
        if (!_skips)
            TakeText(reader.UnreadSequence.Slice(0, ImportInput.LongestEntry), _line + 1, entries);
        _skips = true;
        return buffer.End;
    }

    private void TakeLine(in ReadOnlySequence<byte> line, List<ImportEntry> entries)
    {
        _line++;
        if (!_skips)
            TakeText(line, _line, entries);
        _skips = false;
    }

    // A lone carriage return ends a line too, as old programs write them.
    private static void TakeText(in ReadOnlySequence<byte> line, int number, List<ImportEntry> entries)
    {
        foreach (var text in Encoding.UTF8.GetString(line).Split('\r'))
        {
            if (!string.IsNullOrWhiteSpace(text))
                entries.Add(new ImportEntry(number, text, null));
        }
    }
}
