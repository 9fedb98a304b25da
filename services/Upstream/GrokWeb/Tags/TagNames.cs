using System.Text;

namespace GrokForge.Upstream.GrokWeb.Tags;

/// <summary>The tags that app.filter_tags takes out of answers. A name also stands for every longer one that begins with it.</summary>
internal sealed class TagNames(IReadOnlyList<string> names)
{
    /// <summary>What to make of the bytes behind a '&lt;'.</summary>
    public enum Fit
    {
        /// <summary>They begin none of the tags.</summary>
        None,

        /// <summary>They end before one of the names does.</summary>
        Partial,

        /// <summary>They begin with one of the names.</summary>
        Whole,
    }

    private readonly byte[][] _names = [.. names.Select(Encoding.ASCII.GetBytes)];

    public Fit Of(ReadOnlySpan<byte> text)
    {
        var fit = Fit.None;
        foreach (var name in _names)
        {
            if (text.StartsWith(name))
                return Fit.Whole;
            if (name.AsSpan().StartsWith(text))
                fit = Fit.Partial;
        }
        return fit;
    }
}
