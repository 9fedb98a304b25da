using System.IO.Pipelines;
using System.Text;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Rim;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway;

public sealed class SseWriterTests : IDisposable
{
    private static readonly TimeSpan OpenAfter = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly Pulse _pulse;
    private readonly Pipe _client = new(new PipeOptions(pauseWriterThreshold: 64, resumeWriterThreshold: 32, useSynchronizationContext: false));
    private readonly DefaultHttpContext _context = new();
    private readonly SseWriter _writer;

    public SseWriterTests()
    {
        _pulse = new Pulse(_time);
        _context.Features.Set<IHttpResponseBodyFeature>(new PipeBody(_client.Writer));
        _writer = new SseWriter(_context.Response, "OPEN\n"u8.ToArray(), OpenAfter, _time);
        _pulse.Join(_writer);
    }

    public void Dispose() => _pulse.Dispose();

    [Fact]
    public void Nothing_is_sent_before_the_first_event_or_the_time_to_open()
    {
        _time.Advance(OpenAfter - Pulse.Period);
        Assert.Equal("", Received());
        Assert.NotEqual("text/event-stream", _context.Response.ContentType);
    }

    [Fact]
    public void A_stream_without_an_answer_is_opened_when_its_time_has_come()
    {
        _time.Advance(OpenAfter);
        Assert.Equal("OPEN\n", Received());
        Assert.Equal("text/event-stream", _context.Response.ContentType);
    }

    [Fact]
    public async Task The_first_event_opens_the_stream_and_later_ones_do_not()
    {
        await _writer.WriteAsync(Event("a"));
        await _writer.WriteAsync(Event("b"));
        Assert.Equal("OPEN\nab", Received());
    }

    [Fact]
    public async Task What_is_passed_on_is_sent_with_the_next_flush()
    {
        await _writer.PassAsync("{}"u8.ToArray());
        await _writer.PassAsync("[]"u8.ToArray());
        Assert.Equal("", Received());
        await _writer.FlushAsync();
        Assert.Equal("OPEN\ndata: {}\n\ndata: []\n\n", Received());
    }

    [Fact]
    public async Task Much_that_is_passed_on_is_sent_at_once()
    {
        var passing = _writer.PassAsync(new byte[20_000]);
        Assert.False(passing.IsCompleted);
        Assert.Equal("OPEN\ndata: \n\n".Length + 20_000, Received().Length);
        await passing;
    }

    [Fact]
    public async Task A_ping_sends_what_still_waits()
    {
        await _writer.PassAsync("{}"u8.ToArray());
        _time.Advance(SseWriter.PingAfter);
        Assert.Equal("OPEN\ndata: {}\n\n: ping\n\n", Received());
    }

    [Fact]
    public async Task What_still_waits_comes_before_the_end()
    {
        await _writer.PassAsync("{}"u8.ToArray());
        await _writer.FinishAsync("END"u8.ToArray());
        Assert.Equal("OPEN\ndata: {}\n\nEND", Received());
    }

    [Fact]
    public async Task Events_that_are_put_are_sent_with_the_next_flush()
    {
        await _writer.PutAsync(Event("a"));
        await _writer.PutAsync(Event("b"));
        Assert.Equal("", Received());
        await _writer.FlushAsync();
        Assert.Equal("OPEN\nab", Received());
    }

    [Fact]
    public async Task Many_events_that_are_put_are_sent_at_once()
    {
        var putting = _writer.PutAsync(new SseEvent(new byte[20_000]));
        Assert.False(putting.IsCompleted);
        Assert.Equal("OPEN\n".Length + 20_000, Received().Length);
        await putting;
    }

    [Fact]
    public async Task A_flush_after_the_end_does_nothing_and_an_event_after_it_is_refused()
    {
        await _writer.PutAsync(Event("a"));
        await _writer.FinishAsync("END"u8.ToArray());
        var flush = _writer.FlushAsync();
        Assert.True(flush.IsCompletedSuccessfully);
        await flush;
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _writer.WriteAsync(Event("b")));
        Assert.Equal("OPEN\naEND", Received());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_end_that_cannot_be_written_is_an_end_all_the_same(bool finish)
    {
        await _writer.WriteAsync(Event("a"));
        await _client.Writer.CompleteAsync();
        await Assert.ThrowsAnyAsync<InvalidOperationException>(async () =>
        {
            if (finish)
                await _writer.FinishAsync("END"u8.ToArray());
            else
                await _writer.CloseAsync("END"u8.ToArray());
        });
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await _writer.WriteAsync(Event("b")));
    }

    [Fact]
    public async Task An_open_stream_is_pinged_after_every_15_seconds_of_silence()
    {
        await _writer.WriteAsync(Event("a"));
        _time.Advance(SseWriter.PingAfter);
        _time.Advance(SseWriter.PingAfter);
        Assert.Equal("OPEN\na: ping\n\n: ping\n\n", Received());
    }

    [Fact]
    public async Task Silence_is_counted_from_the_last_bytes_sent()
    {
        await _writer.WriteAsync(Event("a"));
        _time.Advance(SseWriter.PingAfter - TimeSpan.FromSeconds(1));
        await _writer.WriteAsync(Event("b"));
        _time.Advance(SseWriter.PingAfter - TimeSpan.FromSeconds(1));
        Assert.Equal("OPEN\nab", Received());
    }

    [Fact]
    public async Task A_finished_stream_is_not_pinged()
    {
        await _writer.FinishAsync("END"u8.ToArray());
        _time.Advance(SseWriter.PingAfter * 3);
        Assert.Equal("OPEN\nEND", Received());
    }

    [Fact]
    public async Task Closing_an_unopened_stream_leaves_the_response_untouched()
    {
        Assert.False(await _writer.CloseAsync("END"u8.ToArray()));
        _time.Advance(OpenAfter * 2);
        Assert.Equal("", Received());
        Assert.Empty(_context.Response.Headers);
    }

    [Fact]
    public async Task Closing_an_open_stream_writes_its_last_bytes_once()
    {
        await _writer.WriteAsync(Event("a"));
        Assert.True(await _writer.CloseAsync("END"u8.ToArray()));
        Assert.True(await _writer.CloseAsync("END"u8.ToArray()));
        Assert.Equal("OPEN\naEND", Received());
    }

    [Fact]
    public async Task A_ping_that_the_client_does_not_read_makes_the_next_event_wait_its_turn()
    {
        await _writer.WriteAsync(Event(new string('a', 20)));
        for (var ping = 0; ping < 8; ping++)
            _time.Advance(SseWriter.PingAfter);

        var write = _writer.WriteAsync(Event("b")).AsTask();
        Assert.False(write.IsCompleted);
        var text = "";
        while (!write.IsCompleted)
        {
            text += Received();
            await Task.Yield();
        }

        await write;
        text += Received();
        var pings = text.Split(": ping\n\n").Length - 1;
        Assert.True(pings is > 2 and <= 8);
        Assert.EndsWith(": ping\n\nb", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pings_never_fall_inside_an_event()
    {
        const int events = 20_000;
        var written = false;
        var pinging = Task.Run(() =>
        {
            while (!Volatile.Read(ref written))
            {
                _time.Advance(TimeSpan.FromSeconds(5));
                _writer.Beat(_time.GetTimestamp());
            }
        }, TestContext.Current.CancellationToken);
        var reading = Task.Run(ReadAllAsync, TestContext.Current.CancellationToken);
        for (var i = 0; i < events; i++)
            await _writer.WriteAsync(new SseEvent("data: "u8.ToArray(), Encoding.ASCII.GetBytes($"{i}"), "\n\n"u8.ToArray()));
        await _writer.FinishAsync("END"u8.ToArray());
        Volatile.Write(ref written, true);
        await pinging;
        await _client.Writer.CompleteAsync();

        var text = await reading;
        Assert.Contains(": ping\n\n", text, StringComparison.Ordinal);
        Assert.Equal("OPEN\n" + string.Concat(Enumerable.Range(0, events).Select(i => $"data: {i}\n\n")) + "END", text.Replace(": ping\n\n", "", StringComparison.Ordinal));
    }

    private async Task<string> ReadAllAsync()
    {
        using var reader = new StreamReader(_client.Reader.AsStream());
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static SseEvent Event(string text) => new(Encoding.UTF8.GetBytes(text));

    private string Received()
    {
        if (!_client.Reader.TryRead(out var read))
            return "";
        var text = Encoding.UTF8.GetString(read.Buffer);
        _client.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
