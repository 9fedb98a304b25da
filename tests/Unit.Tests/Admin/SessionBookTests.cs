using GrokForge.Admin.Sessions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Admin;

public sealed class SessionBookTests : IDisposable
{
    private static readonly byte[] Stamp = [1, 2, 3];
    private readonly AdminStoreInMemory _stores = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly SessionBook _sessions;

    public SessionBookTests() => _sessions = new SessionBook(_stores, _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task A_session_is_open_for_thirty_days()
    {
        var token = await _sessions.OpenAsync(Stamp, Cancel);
        Assert.True(await _sessions.IsOpenAsync(token, Stamp, Cancel));

        _time.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(1));
        Assert.True(await _sessions.IsOpenAsync(token, Stamp, Cancel));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await _sessions.IsOpenAsync(token, Stamp, Cancel));
    }

    [Fact]
    public async Task Two_sessions_of_one_second_are_two()
    {
        var one = await _sessions.OpenAsync(Stamp, Cancel);
        var two = await _sessions.OpenAsync(Stamp, Cancel);
        Assert.NotEqual(one, two);

        await _sessions.EndAsync(one, Cancel);
        Assert.False(await _sessions.IsOpenAsync(one, Stamp, Cancel));
        Assert.True(await _sessions.IsOpenAsync(two, Stamp, Cancel));
    }

    [Fact]
    public async Task An_ended_session_is_ended_for_another_process_too()
    {
        var token = await _sessions.OpenAsync(Stamp, Cancel);
        await _sessions.EndAsync(token, Cancel);
        Assert.False(await new SessionBook(_stores, _time).IsOpenAsync(token, Stamp, Cancel));
    }

    [Fact]
    public async Task Another_password_ends_it()
    {
        var token = await _sessions.OpenAsync(Stamp, Cancel);
        Assert.False(await _sessions.IsOpenAsync(token, [9], Cancel));
    }

    [Fact]
    public async Task The_database_does_not_know_the_cookie()
    {
        var token = await _sessions.OpenAsync(Stamp, Cancel);
        await using var store = _stores.CreateDbContext();
        var row = await store.Sessions.SingleAsync(Cancel);
        Assert.DoesNotContain(token, Convert.ToBase64String(row.TokenHash));
        Assert.Equal(32, row.TokenHash.Length);
    }

    [Fact]
    public async Task Ended_sessions_do_not_pile_up()
    {
        await _sessions.OpenAsync(Stamp, Cancel);
        _time.Advance(TimeSpan.FromDays(31));
        await _sessions.OpenAsync(Stamp, Cancel);
        await using var store = _stores.CreateDbContext();
        Assert.Equal(1, await store.Sessions.CountAsync(Cancel));
    }
}
