using System.Text;
using System.Text.Json;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>Framing, cut points and broken connections, looked at on the wire.</summary>
public sealed class AnswerDeliveryTests : SimulatorTest
{
    private const string Text = "Grüße, 世界 😀 and more";

    [Fact]
    public async Task Lines_carry_one_object_each()
    {
        var lines = Encoding.UTF8.GetString((await RawAsync(Answer.Text(Text))).Body).Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.All(lines[..^1], line => JsonDocument.Parse(line).Dispose());
        Assert.Equal(Text, SaidIn(lines[..^1]));
    }

    [Fact]
    public async Task Lines_may_end_with_carriage_returns()
    {
        var body = Encoding.UTF8.GetString((await RawAsync(Answer.Text(Text).Framed(Framing.LinesCrlf))).Body);
        Assert.Equal(body.Count(c => c == '\n'), body.Split("\r\n").Length - 1);
        Assert.Equal(Text, SaidIn(body.Split("\r\n", StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public async Task Server_sent_events_end_with_done()
    {
        var answer = await RawAsync(Answer.Text(Text).Framed(Framing.ServerSent));
        var events = Encoding.UTF8.GetString(answer.Body).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Content-Type: text/event-stream", answer.Head, StringComparison.Ordinal);
        Assert.All(events, line => Assert.StartsWith("data: ", line, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", events[^1]);
        Assert.Equal(Text, SaidIn(events[..^1].Select(line => line["data: ".Length..])));
    }

    [Fact]
    public async Task Glued_objects_have_nothing_between_them()
    {
        var body = Encoding.UTF8.GetString((await RawAsync(Answer.Text(Text).Framed(Framing.Glued))).Body);
        Assert.DoesNotContain('\n', body);
        Assert.Contains("}}}{\"result\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_object_is_written_on_its_own()
    {
        var answer = await RawAsync(Answer.Text(Text));
        Assert.All(answer.Chunks, chunk => JsonDocument.Parse(chunk).Dispose());
        Assert.True(answer.Finished);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7), InlineData(1000)]
    public async Task Pieces_have_the_size_that_was_asked_for(int size)
    {
        var whole = (await RawAsync(Answer.Text(Text))).Body;
        Grok.Reset();
        var cut = await RawAsync(Answer.Text(Text).CutEvery(size));
        Assert.Equal(whole, cut.Body);
        Assert.All(cut.Chunks.SkipLast(1), chunk => Assert.Equal(size, chunk.Length));
        Assert.True(cut.Chunks[^1].Length <= size);
    }

    [Fact]
    public async Task A_cut_can_fall_inside_a_character()
    {
        var cut = await RawAsync(Answer.Text(Text).CutEvery(1));
        var emoji = Encoding.UTF8.GetBytes("😀");
        Assert.Contains(emoji[0], cut.Chunks.Select(chunk => chunk[0]));
        Assert.True(cut.Body.AsSpan().IndexOf(emoji) > 0);
    }

    [Fact]
    public async Task Pieces_end_at_the_offsets_that_were_asked_for()
    {
        var cut = await RawAsync(Answer.Text(Text).CutAt(300, 5, 11));
        Assert.Equal([5, 6, 289], cut.Chunks.Take(3).Select(chunk => chunk.Length));
        Assert.Equal(4, cut.Chunks.Count);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(150), InlineData(333)]
    public async Task A_connection_drops_after_exactly_the_bytes_that_were_asked_for(int offset)
    {
        var whole = (await RawAsync(Answer.Text(Text))).Body;
        Grok.Reset();
        var dropped = await RawAsync(Answer.Text(Text).DropAtByte(offset));
        Assert.Equal(whole[..offset], dropped.Body);
        Assert.False(dropped.Finished);
    }

    [Fact]
    public async Task Everything_before_a_drop_arrives_every_time()
    {
        Grok.Quota.Enforced = false;
        for (var i = 0; i < 200; i++)
        {
            var dropped = await RawAsync(Answer.Begin().Say("one two three ").Drop());
            Assert.Equal("one two three ", SaidIn(Encoding.UTF8.GetString(dropped.Body).Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            Assert.False(dropped.Finished);
        }
    }

    [Fact]
    public async Task A_drop_fails_the_reading_client()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().Say("one two ").Drop());
        using var response = await SendAsync(GrokCall.Chat("Hi"));
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal(HttpRequestError.ResponseEnded, failure.HttpRequestError);
        Assert.False(Grok.Chats[0].Disconnected);
    }

    [Fact]
    public async Task A_reset_fails_the_reading_client()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().Say("one two ").Hold("sent").Reset());
        using var response = await SendAsync(GrokCall.Chat("Hi"));
        var reading = response.Content.ReadAsByteArrayAsync(Token);
        Grok.Gate("sent").Open();
        await Assert.ThrowsAsync<HttpRequestException>(() => reading);
    }

    [Fact]
    public async Task A_connection_can_end_before_the_headers()
    {
        Grok.ForAnyToken.Respond(Answer.Dropped());
        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(GrokCall.Chat("Hi")));
    }

    [Fact]
    public async Task Raw_bytes_go_out_as_they_are()
    {
        var answer = await RawAsync(Answer.Nothing().Raw(": comment\n\nevent: x\n").Event("""{"a":1}""").Raw("{\"open\":"));
        Assert.Equal(": comment\n\nevent: x\n{\"a\":1}\n{\"open\":", Encoding.UTF8.GetString(answer.Body));
    }

    private async Task<RawAnswer> RawAsync(Answer answer)
    {
        Grok.ForToken("sso-1").Respond(answer);
        return await RawAnswer.ReadAsync(BaseAddress, GrokCall.Chat("Hi"), Token);
    }
}
