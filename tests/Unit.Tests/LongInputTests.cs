using System.Text;
using GrokForge.Gateway.Chat;
using GrokForge.Unit.Tests.Upstream;
using GrokForge.Upstream.GrokWeb.Structured;

namespace GrokForge.Unit.Tests;

/// <summary>Megabytes of what is hardest for a reader. Work that grows with the square of the input would not come to an end here.</summary>
public sealed class LongInputTests
{
    private const int Million = 1_000_000;

    [Theory]
    [InlineData("a", 1)]
    [InlineData("aaaaaaab", 3)]
    [InlineData("ab", 7)]
    public void A_long_text_passes_the_stop_sequences(string unit, int size)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 4 * Million / unit.Length)));
        var filter = new StopFilter(new StopSequences([new string('a', 63) + "b", new string('a', 64), "bb", "ba" + new string('a', 60) + "c"]));
        var told = 0;
        for (var at = 0; at < text.Length && !filter.HasStopped; at += size)
            told += filter.Take(new TextPiece(text.AsMemory(at, Math.Min(size, text.Length - at)))).Sum(p => p.Text.Length);
        Assert.Equal(unit == "a", filter.HasStopped);
        Assert.Equal(unit == "a" ? 0 : text.Length, told + filter.Release().Sum(p => p.Text.Length));
    }

    [Theory]
    [InlineData("{\"result\":{\"response\":{\"token\":\"", "x", "\"}}}")]
    [InlineData("{\"a\":[", "{},", "0]}")]
    [InlineData("{\"a\":\"", "\\\\\\\"", "\"}")]
    [InlineData("", "{}", "")]
    [InlineData("", "}]\"", "")]
    [InlineData("", "data: {}\n\n", "")]
    [InlineData("", "{\"a\"\n", "")]
    public async Task A_long_answer_is_read(string begin, string unit, string end)
    {
        var body = Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat(unit, 2 * Million / unit.Length)) + end);
        Assert.NotNull(await AnswerReading.OfAsync(body, []));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[")]
    [InlineData("[{\"a\":")]
    [InlineData("\"{")]
    [InlineData("{}")]
    [InlineData("{\"a\":1} ")]
    [InlineData("```json\n{\"a\":")]
    [InlineData("\\\"")]
    public void Json_is_looked_for_in_a_long_text(string unit) =>
        Assert.InRange(JsonSearch.Candidates(string.Concat(Enumerable.Repeat(unit, 2 * Million / unit.Length))).Count(), 0, 64);

    [Theory]
    [InlineData("{\"model\":\"m\",\"messages\":[", "{\"role\":\"user\",\"content\":\"Hi\"},", "{\"role\":\"user\",\"content\":\"Hi\"}]}", true)]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[", "{\"type\":\"text\",\"text\":\"Hi\"},", "{\"type\":\"text\",\"text\":\"Hi\"}]}]}", true)]
    [InlineData("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"", "\\uD83D\\uDE00", "\"}]}", true)]
    [InlineData("{\"model\":\"m\",", "\"unknown\":[1],", "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}", true)]
    [InlineData("{\"model\":\"m\",\"messages\":", "[", "", false)]
    [InlineData("", "{\"model\":", "", false)]
    public void A_long_request_is_read(string begin, string unit, string end, bool isGood) =>
        Assert.Equal(isGood, ChatRequestReader.Read(Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat(unit, 4 * Million / unit.Length)) + end)).Request is not null);
}
