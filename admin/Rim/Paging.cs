using System.Globalization;

namespace GrokForge.Admin.Rim;

/// <summary>Which page of a list is wanted: <c>page</c> from 1, <c>page_size</c> 1 to 100; anything else is the default.</summary>
internal readonly record struct Paging(int Page, int Size)
{
    private const int DefaultSize = 20;
    public const int LargestSize = 100;

    public static Paging Of(IQueryCollection query) => new(
        Number(query, "page") is { } page and >= 1 ? page : 1,
        Number(query, "page_size") is { } size and >= 1 and <= LargestSize ? size : DefaultSize);

    public object Answer<T>(IEnumerable<T> rows, long total) => new
    {
        data = rows,
        total,
        page = Page,
        page_size = Size,
        total_pages = (total + Size - 1) / Size,
    };

    private static int? Number(IQueryCollection query, string name) =>
        int.TryParse(query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
