using System.Text;
using GrokForge.Gateway.Chat;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.Tokenizers;

namespace GrokForge.Unit.Tests.Gateway;

public sealed class TokenEstimateTests
{
    private static readonly TokenEstimate Estimate = new(NullLogger<TokenEstimate>.Instance);

    [Fact]
    public async Task A_known_text_has_its_o200k_tokens() =>
        Assert.Equal(10, await Estimate.CountAsync(["The quick brown fox jumps over the lazy dog."]));

    [Fact]
    public async Task Texts_are_counted_together() =>
        Assert.Equal(20, await Estimate.CountAsync(["The quick brown fox jumps over the lazy dog.", "", "The quick brown fox jumps over the lazy dog."]));

    [Fact]
    public async Task Nothing_has_no_tokens()
    {
        using var answer = new AnswerText(100);
        Assert.Equal(0, await Estimate.CountAsync([]));
        Assert.Equal(0, await Estimate.CountAsync(answer));
    }

    [Fact]
    public async Task A_text_longer_than_what_is_counted_goes_on_as_it_began()
    {
        var sentence = "The quick brown fox jumps over the lazy dog. ";
        var times = 10 * TokenEstimate.MostCounted / sentence.Length;
        var tokens = await Estimate.CountAsync([string.Concat(Enumerable.Repeat(sentence, times))]);
        Assert.InRange(tokens, 9.5 * times, 11 * times);
    }

    [Fact]
    public async Task An_answer_longer_than_what_is_kept_goes_on_as_it_began()
    {
        using var answer = new AnswerText(4096);
        for (var i = 0; i < 1000; i++)
            answer.Append("The quick brown fox jumps over the lazy dog. "u8);
        Assert.False(answer.IsWhole);
        Assert.InRange(await Estimate.CountAsync(answer), 9_500, 11_000);
    }

    [Fact]
    public async Task An_endless_word_is_counted_too() =>
        Assert.InRange(await Estimate.CountAsync([new string('a', TokenEstimate.MostCounted * 2)]), 1, TokenEstimate.MostCounted * 2);

    [Fact]
    public async Task Without_its_encoding_it_takes_a_quarter_of_the_characters()
    {
        var broken = new TokenEstimate(() => throw new InvalidOperationException("no data"), NullLogger<TokenEstimate>.Instance);
        Assert.Equal(3, await broken.CountAsync(["nine char"]));
    }

    [Fact]
    public async Task The_encoding_is_loaded_once_and_only_when_asked_for()
    {
        var loads = 0;
        var estimate = new TokenEstimate(() => Load(ref loads), NullLogger<TokenEstimate>.Instance);
        Assert.Equal(0, loads);
        estimate.Warm();
        estimate.Warm();
        await estimate.CountAsync(["text"]);
        Assert.Equal(1, loads);
    }

    [Fact]
    public void An_answer_is_kept_as_it_was_told()
    {
        using var answer = new AnswerText(100);
        answer.Append("Grüße "u8);
        answer.Append("中文"u8);
        Assert.Equal("Grüße 中文", Encoding.UTF8.GetString(answer.Kept));
        answer.Clear();
        Assert.Equal(0, answer.TotalBytes);
        Assert.True(answer.Kept.IsEmpty);
    }

    private static TiktokenTokenizer Load(ref int loads)
    {
        loads++;
        return TiktokenTokenizer.CreateForEncoding("o200k_base");
    }
}
