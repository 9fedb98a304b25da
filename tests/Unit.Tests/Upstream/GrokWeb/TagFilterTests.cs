using System.Text;
using CsCheck;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Unit.Tests.Upstream.GrokWeb;

public sealed class TagFilterTests
{
    private static readonly string[] Names = ["xaiartifact", "xai:tool_usage_card", "grok:render"];

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("1 < 2", "1 < 2")]
    [InlineData("1 <", "1 <")]
    [InlineData("a <b>c</b> <<x", "a <b>c</b> <<x")]
    [InlineData("a<xaiartifact>gone</xaiartifact>b", "a[xaiartifact]b")]
    [InlineData("a<xaiartifact id=\"1\" x='y'>gone <b>too</b></xaiartifact >b", "a[xaiartifact]b")]
    [InlineData("a<xaiartifact/>b<grok:render id=\"1\" />c", "a[xaiartifact]b[grok:render]c")]
    [InlineData("a<xaiartifact_v2>gone</xaiartifact_v2>b", "a[xaiartifact_v2]b")]
    [InlineData("<xai:tool_usage_card><xai:tool_usage_card_id>x</xai:tool_usage_card_id></xai:tool_usage_card>b", "[xai:tool_usage_card]b")]
    [InlineData("a<xaiartifact>never ended", "a")]
    [InlineData("a<xaiartifact never ended", "a")]
    [InlineData("a<xaiarti", "a<xaiarti")]
    [InlineData("a<xaiarti<xaiartifact/>b", "a<xaiarti[xaiartifact]b")]
    [InlineData("a<<grok:render/>b", "a<[grok:render]b")]
    [InlineData("<xaiartifact>a</xaiartifac</xaiartifact>b", "[xaiartifact]b")]
    [InlineData("<xaiartifact>a<</xaiartifact>b", "[xaiartifact]b")]
    [InlineData("<XaiArtifact/> is another", "<XaiArtifact/> is another")]
    [InlineData("ü<grok:render/>漢😀<", "ü[grok:render]漢😀<")]
    public void Listed_elements_are_taken_out_and_nothing_else_is_lost(string text, string expected)
    {
        Assert.Equal(expected, Filter(text, []));
        for (var cut = 1; cut < text.Length; cut++)
            Assert.Equal(expected, Filter(text, [cut]));
        Assert.Equal(expected, Filter(text, [.. Enumerable.Range(0, text.Length)]));
    }

    [Fact]
    public void Without_listed_tags_everything_passes()
    {
        Assert.Equal("a<xaiartifact>b</xaiartifact>", Filter("a<xaiartifact>b</xaiartifact>", [], []));
    }

    [Fact]
    public void Any_text_of_tag_like_pieces_reads_the_same_however_it_is_cut()
    {
        var piece = OneOf("<", ">", "/", "</", "/>", "xaiartifact", "xai:tool_usage_card", "grok:render", "xai", " ", "a", "\"", "ü", "<xaiartifact>", "</xaiartifact>");
        Gen.Select(piece.Array[0, 30], Gen.Int[0, 200].Array[0, 20]).Sample((pieces, cuts) =>
        {
            var text = string.Concat(pieces);
            Assert.Equal(Filter(text, []), Filter(text, cuts));
            Assert.Equal(Filter(text, []), Filter(text, [.. Enumerable.Range(0, text.Length)]));
        }, iter: 5000);
    }

    [Fact]
    public void Any_text_without_a_listed_tag_passes_as_it_is()
    {
        Gen.Select(Gen.String[0, 60], Gen.Int[0, 60].Array[0, 8]).Sample((text, cuts) =>
        {
            var plain = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            Assert.Equal(plain, Filter(plain, cuts));
        }, iter: 2000);
    }

    [Theory]
    [InlineData("<")]
    [InlineData("<xaiartifac")]
    [InlineData("<xaiartifact>")]
    [InlineData("</xaiartifact")]
    [InlineData("<xaiartifact></xaiartifact")]
    [InlineData("<grok:render ")]
    public void Work_grows_with_the_text_alone(string pattern)
    {
        foreach (var size in (int[])[10, 100, 1000, 10_000])
        {
            var filter = new TagFilter(new TagNames(Names), static _ => { }, static _ => { });
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(pattern, size)));
            for (var at = 0; at < bytes.Length; at += 3)
                filter.Write(bytes.AsSpan(at, Math.Min(3, bytes.Length - at)));
            filter.End();
            Assert.InRange(filter.Steps, 0, bytes.Length * 3L);
        }
    }

    [Fact]
    public void A_plain_piece_costs_no_memory()
    {
        long passed = 0;
        var filter = new TagFilter(new TagNames(Names), text => passed += text.Length, static _ => { });
        var text = "a plain piece of text, 1 > 0"u8.ToArray();
        filter.Write(text);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            filter.Write(text);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1001 * text.Length, passed);
    }

    private static string Filter(string text, IReadOnlyList<int> cuts) => Filter(text, cuts, Names);

    private static string Filter(string text, IReadOnlyList<int> cuts, string[] names)
    {
        var output = new MemoryStream();
        var filter = new TagFilter(new TagNames(names), output.Write, element => output.Write(Encoding.UTF8.GetBytes($"[{new Element(element).Name}]")));
        foreach (var piece in Pieces.Of(text, cuts))
            filter.Write(piece);
        filter.End();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static Gen<string> OneOf(params string[] pieces) => Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]);
}
