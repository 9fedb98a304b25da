using System.Text;
using GrokForge.Gateway.Rim;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Rim;

public sealed class KeepAliveTests : IDisposable
{
    private static readonly TimeSpan CommitAfter = TimeSpan.FromSeconds(10);
    private static readonly OpenAIError Failure = new(502, "upstream_error", "The upstream is away.");

    private readonly FakeTimeProvider _time = new();
    private readonly Pulse _pulse;
    private readonly SlowStream _body = new();
    private readonly DefaultHttpContext _context = new();
    private readonly Connection _connection = new();

    public KeepAliveTests()
    {
        _pulse = new Pulse(_time);
        _context.Response.Body = _body;
        _context.Features.Set<IHttpRequestLifetimeFeature>(_connection);
        _context.Request.Headers[KeepAliveWriter.Header] = "true";
    }

    public void Dispose()
    {
        _pulse.Dispose();
        _body.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("false")]
    [InlineData("")]
    public async Task Nothing_is_sent_to_who_did_not_ask(string? header)
    {
        _context.Request.Headers[KeepAliveWriter.Header] = header;
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        _time.Advance(CommitAfter * 10);
        Assert.False(await writer.EndAsync());
        Assert.Equal("", Sent);
    }

    [Fact]
    public async Task An_answer_in_time_is_left_alone()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        _time.Advance(CommitAfter - Pulse.Period);
        Assert.False(await writer.EndAsync());
        Assert.Equal(("", null), (Sent, _context.Response.ContentType));
    }

    [Fact]
    public async Task A_late_answer_is_committed_once_and_given_a_sign_of_life_every_15_seconds()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        _time.Advance(CommitAfter);
        Assert.Equal((" ", "application/json"), (Sent, _context.Response.ContentType));
        _time.Advance(KeepAliveWriter.Every - Pulse.Period);
        Assert.Equal(" ", Sent);
        _time.Advance(Pulse.Period);
        _time.Advance(KeepAliveWriter.Every);
        Assert.Equal("   ", Sent);
        Assert.True(await writer.EndAsync());
    }

    [Fact]
    public async Task After_the_end_nothing_is_sent()
    {
        var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        _time.Advance(CommitAfter);
        await writer.DisposeAsync();
        _time.Advance(KeepAliveWriter.Every * 4);
        Assert.Equal(" ", Sent);
    }

    [Fact]
    public async Task The_end_waits_for_a_sign_of_life_on_its_way()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        var room = _body.Block();
        _time.Advance(CommitAfter);
        var end = writer.EndAsync().AsTask();
        Assert.False(end.IsCompleted);
        room.SetResult();
        Assert.True(await end.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task While_one_is_on_its_way_no_other_is_sent_and_a_client_that_takes_none_is_cut()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        var room = _body.Block();
        _time.Advance(CommitAfter);
        _time.Advance(KeepAliveWriter.CutAfter - Pulse.Period);
        var early = _connection.IsCut;
        _time.Advance(Pulse.Period);
        room.SetResult();
        Assert.Equal((false, true, " "), (early, _connection.IsCut, Sent));
    }

    [Fact]
    public async Task A_client_that_takes_none_is_cut_while_the_answer_waits_for_it()
    {
        var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        var room = _body.Block();
        _time.Advance(CommitAfter);
        var end = writer.EndAsync().AsTask();
        _time.Advance(KeepAliveWriter.CutAfter);
        room.SetResult();
        await end.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(_connection.IsCut);
    }

    [Fact]
    public async Task A_failure_in_time_has_its_own_status()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        await writer.FailAsync(Failure);
        Assert.Equal((502, Encoding.UTF8.GetString(Failure.ToJson())), (_context.Response.StatusCode, Sent));
    }

    [Fact]
    public async Task A_failure_after_the_commit_is_the_body_of_the_200()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        _time.Advance(CommitAfter);
        await writer.FailAsync(Failure);
        Assert.Equal((200, " " + Encoding.UTF8.GetString(Failure.ToJson())), (_context.Response.StatusCode, Sent));
    }

    [Fact]
    public async Task A_broken_connection_breaks_nothing_else()
    {
        await using var writer = KeepAliveWriter.Begin(_context, CommitAfter, _time, _pulse);
        _body.Block().SetException(new IOException("gone"));
        _time.Advance(CommitAfter);
        Assert.True(await writer.EndAsync());
    }

    private string Sent => Encoding.UTF8.GetString(_body.ToArray());

    /// <summary>Knows whether it was cut.</summary>
    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public bool IsCut { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsCut = true;
    }

    /// <summary>A client that may have no room.</summary>
    private sealed class SlowStream : MemoryStream
    {
        private TaskCompletionSource? _room;

        public TaskCompletionSource Block() => _room = new TaskCompletionSource();

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            if (_room is { } room)
                await room.Task;
        }
    }
}
