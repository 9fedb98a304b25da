using System.Text;
using CsCheck;
using GrokForge.Gateway.Chat;
using Microsoft.ML.Tokenizers;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class LengthLimitTests
{
    private static readonly Tokenizer Encoding200 = TiktokenTokenizer.CreateForEncoding("o200k_base");

    [Theory]
    [InlineData("The quick brown fox jumps over the lazy dog.", 4, "The quick brown fox")]
    [InlineData("The quick brown fox", 4, "The quick brown fox")]
    [InlineData("Hi", 1, "Hi")]
    [InlineData("", 1, "")]
    public void A_text_is_cut_behind_its_last_token(string text, int most, string expected)
    {
        for (var size = 1; size <= Math.Max(1, text.Length); size++)
        {
            var limit = new LengthLimit(most, Encoding200);
            Assert.StartsWith(expected, Tell(limit, text, size), StringComparison.Ordinal);
            Assert.Equal(text.Length > expected.Length, limit.IsReached);
        }
    }

    [Fact]
    public void No_split_lets_more_pass_than_the_limit_and_the_rest_of_a_word() =>
        Gen.Select(Gen.String[Gen.Char["ab é中.\n"], 0, 300], Gen.Int[1, 40], Gen.Int[1, 9]).Sample((text, most, size) =>
        {
            var limit = new LengthLimit(most, Encoding200);
            var told = Tell(limit, text, size);
            var counted = Encoding200.CountTokens(told);
            // A piece that was told cannot be taken back when the next one makes other tokens of both.
            return text.StartsWith(told, StringComparison.Ordinal) && counted <= most + size && (limit.IsReached || told == text);
        });

    [Fact]
    public void A_long_text_without_words_is_counted_in_time_that_grows_with_its_length()
    {
        var (small, large) = (Allocated(15_000), Allocated(60_000));
        Assert.True(large < 6 * small, $"{small} bytes allocated, then {large}");

        // What is counted again is copied first.
        static long Allocated(int characters)
        {
            var limit = new LengthLimit(100_000, Encoding200);
            var text = new string('中', characters);
            var piece = Encoding.UTF8.GetBytes(text[..3]);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var told = 0; told < characters; told += 3)
                Assert.Equal(piece.Length, limit.Fit(piece));
            Assert.False(limit.IsReached);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Without_an_encoding_a_token_is_four_characters()
    {
        var limit = new LengthLimit(2, null);
        Assert.Equal("12345678", Tell(limit, "1234567890", 10));
        Assert.True(limit.IsReached);
    }

    [Fact]
    public void A_surrogate_pair_is_never_cut_in_two()
    {
        for (var most = 1; most < 12; most++)
        {
            var told = new LengthLimit(most, Encoding200).Fit(Encoding.UTF8.GetBytes("🦊🦊🦊🦊🦊🦊"));
            Assert.Equal(0, told % 4);
        }
    }

    [Fact]
    public void What_is_only_counted_brings_the_end_too()
    {
        var limit = new LengthLimit(3, Encoding200);
        limit.Count("{\"city\":\"Paris and London\"}");
        Assert.True(limit.IsReached);
        Assert.Equal(0, limit.Fit("x"u8));
    }

    private static string Tell(LengthLimit limit, string text, int size)
    {
        var told = new StringBuilder();
        foreach (var runes in text.EnumerateRunes().Select(r => r.ToString()).Chunk(size))
        {
            var piece = Encoding.UTF8.GetBytes(string.Concat(runes));
            told.Append(Encoding.UTF8.GetString(piece.AsSpan(0, limit.Fit(piece))));
        }

        return told.ToString();
    }
}
