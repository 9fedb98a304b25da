using GrokForge.Contracts.Events;
using GrokForge.Contracts.Keys;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Usage;

public sealed class UsageWriterTests : IDisposable
{
    private readonly GatewayStoreInMemory _stores = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
    private readonly RecordedEvents _events = new();
    private readonly UsageRecorder _recorder = new();
    private readonly StopSignal _stop;
    private readonly UsageWriter _writer;

    public UsageWriterTests()
    {
        _stop = new StopSignal(_time);
        var batches = new UsageBatch(_stores, _events, _time, NullLogger<UsageBatch>.Instance);
        _writer = new UsageWriter(_recorder, batches, new CurrentSettings(new SettingsSnapshot()), _stop, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _writer.Dispose();
        _stop.Dispose();
        _stores.Dispose();
    }

    [Fact]
    public async Task A_recorded_request_is_written_within_a_second()
    {
        await _writer.StartAsync(Cancel);
        _recorder.Record(Entry());

        await AdvanceUntilAsync(TimeSpan.FromSeconds(1), async () => await RowsAsync() == 1);
    }

    [Fact]
    public async Task Stopping_writes_what_waits()
    {
        await _writer.StartAsync(Cancel);
        for (var i = 0; i < 2500; i++)
            _recorder.Record(Entry());

        await _writer.StopAsync(Cancel);

        Assert.Equal(2500, await RowsAsync());
    }

    [Fact]
    public async Task A_stop_that_comes_late_writes_what_waits_too()
    {
        await _writer.StartAsync(Cancel);
        _recorder.Record(Entry());
        EndDrainLongAgo();

        await _writer.StopAsync(Cancel);

        Assert.Equal(1, await RowsAsync());
    }

    [Fact]
    public async Task A_database_that_is_away_does_not_hold_up_the_end()
    {
        _stores.IsAway = true;
        await _writer.StartAsync(Cancel);
        _recorder.Record(Entry());
        EndDrainLongAgo();

        await _writer.StopAsync(Cancel);

        _stores.IsAway = false;
        Assert.Equal(0, await RowsAsync());
    }

    [Fact]
    public async Task What_the_database_did_not_take_is_tried_again()
    {
        _stores.IsAway = true;
        await _writer.StartAsync(Cancel);
        _recorder.Record(Entry());
        await AdvanceUntilAsync(TimeSpan.FromSeconds(30), () => Task.FromResult(_stores.Uses >= 3));

        _stores.IsAway = false;

        await AdvanceUntilAsync(TimeSpan.FromSeconds(30), async () => await RowsAsync() == 1);
    }

    [Fact]
    public async Task A_row_that_the_database_refuses_holds_up_no_other()
    {
        await using (var store = _stores.CreateDbContext())
            await store.Database.ExecuteSqlRawAsync("CREATE TRIGGER refuse BEFORE INSERT ON gateway_usage WHEN NEW.request_id = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END", Cancel);
        await WriteAsync(Entry(), Entry() with { RequestId = "poison" }, Entry());
        Assert.Equal(2, await RowsAsync());
    }

    [Fact]
    public async Task What_is_sent_again_after_a_commit_that_was_not_heard_of_is_neither_a_row_nor_counted_twice()
    {
        var key = await KeyAsync();
        UsageEntry[] sent = [Entry(key.Id), Entry(key.Id)];
        var batches = new UsageBatch(_stores, _events, _time, NullLogger<UsageBatch>.Instance);
        Assert.True(await batches.TryWriteAsync([.. sent], Cancel));
        Assert.True(await batches.TryWriteAsync([.. sent, Entry(key.Id)], Cancel));

        Assert.Equal(3, await RowsAsync());
        await using var store = _stores.CreateDbContext();
        Assert.Equal(3, (await store.VirtualKeys.SingleAsync(k => k.Id == key.Id, Cancel)).TotalUsed);
    }

    [Fact]
    public void A_text_is_cut_between_code_points_and_holds_no_half_of_one()
    {
        var row = UsageRow.From(Entry() with { Notes = new string('a', 255) + "😀", RequestId = "x\ud83dy" }, "");
        Assert.Equal((new string('a', 255), "x\ufffdy"), (row.Notes, row.RequestId));
    }

    [Fact]
    public async Task Only_successful_requests_count_for_the_key()
    {
        var key = await KeyAsync();
        await WriteAsync(Entry(key.Id), Entry(key.Id, 503), Entry(key.Id, 400), Entry(key.Id, 499), Entry(0));

        var row = await Issuer().GetAsync(new KeyRef { Id = key.Id }, Cancel);
        Assert.Equal((2, 2), (row.TotalUsed, row.DailyUsed));
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds(), row.LastUsedAt);
    }

    [Fact]
    public async Task A_new_day_begins_at_zero_and_the_total_goes_on()
    {
        var key = await KeyAsync();
        await WriteAsync(Entry(key.Id), Entry(key.Id));
        _time.Advance(TimeSpan.FromDays(1));
        await WriteAsync(Entry(key.Id));

        var row = await Issuer().GetAsync(new KeyRef { Id = key.Id }, Cancel);
        Assert.Equal((3, 1), (row.TotalUsed, row.DailyUsed));
    }

    [Fact]
    public async Task A_late_row_of_yesterday_leaves_today_alone()
    {
        var key = await KeyAsync();
        var late = Entry(key.Id);
        _time.Advance(TimeSpan.FromDays(1));
        await WriteAsync(Entry(key.Id), late);

        var row = await Issuer().GetAsync(new KeyRef { Id = key.Id }, Cancel);
        Assert.Equal((2, 1), (row.TotalUsed, row.DailyUsed));
    }

    [Fact]
    public async Task A_row_keeps_the_name_that_its_key_had()
    {
        var key = await KeyAsync();
        await WriteAsync(Entry(key.Id));
        await Issuer().DeleteAsync(new KeyRef { Id = key.Id }, Cancel);

        await using var store = _stores.CreateDbContext();
        var row = await store.Usage.SingleAsync(Cancel);
        Assert.Equal(("mine", "r-1", 200, UsageOutcome.Completed, 7, 11), (row.KeyName, row.RequestId, row.Status, row.Outcome, row.PromptTokens, row.CompletionTokens));
    }

    [Fact]
    public async Task New_rows_are_announced_at_most_once_a_second()
    {
        var batches = new UsageBatch(_stores, _events, _time, NullLogger<UsageBatch>.Instance);
        Assert.True(await batches.TryWriteAsync([Entry()], Cancel));
        Assert.True(await batches.TryWriteAsync([Entry()], Cancel));
        Assert.Single(_events.Events);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await batches.TryWriteAsync([Entry()], Cancel));
        Assert.Equal([1L, 3L], _events.Events.Cast<UsageAdvanced>().Select(e => e.LastRowId));
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_and_counts_it()
    {
        for (var i = 0; i < 100_003; i++)
            _recorder.Record(Entry());

        Assert.Equal(3, _recorder.Dropped);
    }

    private async Task WriteAsync(params UsageEntry[] entries)
    {
        var batches = new UsageBatch(_stores, _events, _time, NullLogger<UsageBatch>.Instance);
        Assert.True(await batches.TryWriteAsync([.. entries], Cancel));
    }

    private async Task<CreatedKey> KeyAsync() => await Issuer().CreateAsync(new CreateKeyRequest { Name = "mine" }, Cancel);

    private KeyIssuer Issuer() => new(_stores, _stores.Reader, new KeyDirectory(_stores.Reader, new BusReach(everyone: true), _time, NullLogger<KeyDirectory>.Instance), _events, _time);

    private UsageEntry Entry(long keyId = 0, int status = 200) => new()
    {
        RequestId = "r-1",
        KeyId = keyId,
        Model = "grok-4.20",
        Endpoint = "/v1/chat/completions",
        Status = status,
        Outcome = UsageOutcome.Completed,
        PromptTokens = 7,
        CompletionTokens = 11,
        CreatedAt = _time.GetUtcNow(),
    };

    private void EndDrainLongAgo()
    {
        _stop.EndDrain();
        _time.Advance(TimeSpan.FromSeconds(6));
    }

    private async Task<int> RowsAsync()
    {
        await using var store = _stores.CreateDbContext();
        return await store.Usage.CountAsync(Cancel);
    }

    /// <summary>Moves the clock in small steps until the condition holds; fails where the limit passes first.</summary>
    private async Task AdvanceUntilAsync(TimeSpan limit, Func<Task<bool>> holds)
    {
        var end = _time.GetUtcNow() + limit;
        while (!await holds())
        {
            Assert.True(_time.GetUtcNow() < end, "The condition did not come true in time.");
            // Real time for the writer's task to arm its timer, then fake time for the timer.
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel);
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }
    }
}
