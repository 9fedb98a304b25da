using System.Text;
using CsCheck;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Chat;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class StopFilterTests
{
    [Theory]
    [InlineData("Hello END world", "Hello ", "END")]
    [InlineData("Hello EN", "Hello EN", "END")]
    [InlineData("aaab", "a", "aab")]
    [InlineData("ababac", "ab", "abac")]
    [InlineData("x\n\nHuman: y", "x", "\n\nHuman:", "Human:")]
    [InlineData("one two three", "one ", "three", "two")]
    [InlineData("schöne Grüße", "sch", "öne")]
    [InlineData("ENDE", "", "E", "END")]
    public void A_text_ends_before_the_first_complete_sequence_at_every_split(string text, string expected, params string[] stops)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var size = 1; size <= bytes.Length; size++)
            Assert.Equal(expected, Filter(stops, text.EnumerateRunes().Select(r => r.ToString()).Chunk(size).Select(c => string.Concat(c))).Text);
    }

    [Fact]
    public void Random_texts_end_where_a_plain_search_says() =>
        Gen.Select(Gen.String[Gen.Char["abé"], 0, 40], Gen.String[Gen.Char["abé"], 1, 4].Array[1, 4], Gen.Int[1, 5]).Sample((text, stops, size) =>
        {
            var (told, stopped) = Filter(stops, text.Chunk(size).Select(c => string.Concat(c)));
            var (expected, found) = Naive(text, stops);
            return told == expected && stopped == found;
        });

    [Fact]
    public void What_may_be_the_beginning_of_a_sequence_is_held_back_and_given_at_the_end()
    {
        var filter = new StopFilter(new StopSequences(["STOP"]));
        Assert.Equal("to ", Text(filter.Take(Piece("to ST"))));
        Assert.Equal("", Text(filter.Take(Piece("O"))));
        Assert.Equal("STO", Text(filter.Release()));
    }

    [Fact]
    public void A_citation_is_told_whole_once_no_sequence_can_reach_into_it()
    {
        var citation = new Citation { Text = Google.Protobuf.ByteString.CopyFromUtf8("[[1]](u)"), Url = "u" };
        var filter = new StopFilter(new StopSequences([")."]));
        Assert.Empty(filter.Take(new TextPiece(citation.Text.Memory, citation)));
        var told = filter.Take(Piece(" so"));
        Assert.Same(citation, told[0].Citation);
        Assert.Equal("[[1]](u) so", Text(told));
    }

    [Fact]
    public void A_sequence_that_ends_behind_a_citation_cuts_it()
    {
        var citation = new Citation { Text = Google.Protobuf.ByteString.CopyFromUtf8("[[1]](u)"), Url = "u" };
        var filter = new StopFilter(new StopSequences([")."]));
        Assert.Empty(filter.Take(new TextPiece(citation.Text.Memory, citation)));
        var told = filter.Take(Piece(". More"));
        Assert.Equal("[[1]](u", Text(told));
        Assert.Null(told[0].Citation);
        Assert.True(filter.HasStopped);
        Assert.Empty(filter.Take(Piece("more")));
    }

    private static (string Text, bool Stopped) Filter(string[] stops, IEnumerable<string> pieces)
    {
        var filter = new StopFilter(new StopSequences(stops));
        var told = new StringBuilder();
        foreach (var piece in pieces)
            told.Append(Text(filter.Take(Piece(piece))));
        told.Append(Text(filter.Release()));
        return (told.ToString(), filter.HasStopped);
    }

    private static (string Text, bool Stopped) Naive(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
        {
            var complete = stops.Where(s => text[..end].EndsWith(s, StringComparison.Ordinal)).MaxBy(s => s.Length);
            if (complete is not null)
                return (text[..(end - complete.Length)], true);
        }

        return (text, false);
    }

    private static TextPiece Piece(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Text(IEnumerable<TextPiece> pieces) => string.Concat(pieces.Select(p => Encoding.UTF8.GetString(p.Text.Span)));
}
