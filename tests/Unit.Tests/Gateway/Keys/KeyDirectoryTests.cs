using GrokForge.Contracts.Keys;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Bus;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Keys;

public sealed class KeyDirectoryTests : IDisposable
{
    private readonly GatewayStoreInMemory _stores = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedEvents _events = new();
    private readonly BusReach _bus = new(everyone: true);
    private readonly KeyDirectory _directory;
    private readonly KeyIssuer _issuer;

    public KeyDirectoryTests()
    {
        _directory = new KeyDirectory(_stores.Reader, _bus, _time, NullLogger<KeyDirectory>.Instance);
        _issuer = new KeyIssuer(_stores, _stores.Reader, _directory, _events, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _stores.Dispose();

    [Fact]
    public async Task A_key_that_was_read_is_answered_from_memory_for_thirty_seconds()
    {
        var hash = await IssuedAsync();
        await _directory.ReadAsync(hash, Cancel);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.True(_directory.TryFind(hash, out var known));
        Assert.NotNull(known);

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_directory.TryFind(hash, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_no_event_may_come_a_key_is_answered_from_memory_for_five_seconds(bool isKnown)
    {
        _bus.Everyone = false;
        var hash = isKnown ? await IssuedAsync() : KeyHash.Of(KeyText.Hash(KeyText.Create()));
        await _directory.ReadAsync(hash, Cancel);

        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.True(_directory.TryFind(hash, out var known));
        Assert.Equal(isKnown, known is not null);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task What_was_read_before_the_broker_went_away_counts_as_old_at_once()
    {
        var hash = await IssuedAsync();
        await _directory.ReadAsync(hash, Cancel);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.True(_directory.TryFind(hash, out _));

        _bus.Everyone = false;

        Assert.False(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task An_unknown_key_is_remembered_as_unknown()
    {
        var hash = KeyHash.Of(KeyText.Hash(KeyText.Create()));
        Assert.Null(await _directory.ReadAsync(hash, Cancel));

        Assert.True(_directory.TryFind(hash, out var known));
        Assert.Null(known);
        Assert.False(_directory.HasSeen(hash));
    }

    [Fact]
    public async Task A_key_that_a_read_no_longer_found_is_not_remembered_as_found()
    {
        var hash = await IssuedAsync();
        var id = (await _directory.ReadAsync(hash, Cancel))!.Key.Id;
        await using (var store = _stores.CreateDbContext())
            await store.VirtualKeys.Where(k => k.Id == id).ExecuteDeleteAsync(Cancel);
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(await _directory.ReadAsync(hash, Cancel));
        Assert.False(_directory.HasSeen(hash));

        _stores.IsAway = true;
        _time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAnyAsync<Exception>(() => _directory.ReadAsync(hash, Cancel));
    }

    [Fact]
    public async Task A_change_drops_the_key_from_memory()
    {
        var hash = await IssuedAsync();
        await _directory.ReadAsync(hash, Cancel);

        _directory.Drop(hash, 2);

        Assert.False(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task A_read_older_than_a_change_is_not_remembered()
    {
        var hash = await IssuedAsync();
        _directory.Drop(hash, 2);

        await _directory.ReadAsync(hash, Cancel);

        Assert.False(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task A_key_missed_before_its_creation_is_not_remembered_as_unknown()
    {
        var hash = KeyHash.Of(KeyText.Hash(KeyText.Create()));
        _directory.Drop(hash, 1);

        Assert.Null(await _directory.ReadAsync(hash, Cancel));

        Assert.False(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task A_read_as_new_as_the_change_is_remembered()
    {
        var hash = await IssuedAsync();
        _directory.Drop(hash, 1);

        await _directory.ReadAsync(hash, Cancel);

        Assert.True(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task A_late_word_of_an_older_change_does_not_hide_a_newer_one()
    {
        var hash = await IssuedAsync();
        _directory.Drop(hash, 3);
        _directory.Drop(hash, 1);

        await _directory.ReadAsync(hash, Cancel);

        Assert.False(_directory.TryFind(hash, out _));
    }

    [Fact]
    public async Task Many_who_ask_at_once_are_served_by_one_read()
    {
        var hash = await IssuedAsync();
        var before = _stores.Uses;

        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _directory.ReadAsync(hash, Cancel)));

        Assert.InRange(_stores.Uses - before, 1, 5);
    }

    [Fact]
    public async Task While_the_database_is_away_a_key_read_lately_still_opens()
    {
        var hash = await IssuedAsync();
        await _directory.ReadAsync(hash, Cancel);
        _stores.IsAway = true;
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.NotNull(await _directory.ReadAsync(hash, Cancel));
    }

    [Fact]
    public async Task While_the_database_is_away_a_key_never_read_is_an_error()
    {
        var hash = await IssuedAsync();
        _stores.IsAway = true;

        await Assert.ThrowsAsync<SqliteException>(() => _directory.ReadAsync(hash, Cancel));
    }

    private async Task<KeyHash> IssuedAsync()
    {
        var created = await _issuer.CreateAsync(new CreateKeyRequest { Name = "a" }, Cancel);
        return KeyHash.Of(KeyText.Hash(created.Key));
    }
}
