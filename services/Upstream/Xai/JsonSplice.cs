namespace GrokForge.Upstream.Xai;

/// <summary>Changes a few places of a JSON text; every other byte stays as it is.</summary>
internal sealed class JsonSplice
{
    private readonly List<Edit> _edits = [];
    private int _growth;

    /// <summary>Puts bytes in the place of others. Places must not overlap, and are named from the front to the back.</summary>
    public void Replace(int start, int length, byte[] bytes)
    {
        _edits.Add(new Edit(start, length, bytes));
        _growth += bytes.Length - length;
    }

    public void Insert(int start, byte[] bytes) => Replace(start, 0, bytes);

    public byte[] Apply(ReadOnlySpan<byte> text)
    {
        var result = new byte[text.Length + _growth];
        var (from, to) = (0, 0);
        foreach (var edit in _edits)
        {
            text[from..edit.Start].CopyTo(result.AsSpan(to));
            to += edit.Start - from;
            edit.Bytes.CopyTo(result, to);
            to += edit.Bytes.Length;
            from = edit.Start + edit.Length;
        }

        text[from..].CopyTo(result.AsSpan(to));
        return result;
    }

    private readonly record struct Edit(int Start, int Length, byte[] Bytes);
}
