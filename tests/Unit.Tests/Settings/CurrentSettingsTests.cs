using GrokForge.ServiceDefaults.Settings;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Settings;

public sealed class CurrentSettingsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _read = new();

    [Fact]
    public async Task Settings_that_wait_for_nothing_are_ready_at_once() =>
        Assert.True(await new CurrentSettings(new SettingsSnapshot()).IsReadyWithinAsync(TimeSpan.Zero, _time, TestContext.Current.CancellationToken));

    [Fact]
    public async Task Settings_become_ready_when_the_overrides_are_read()
    {
        var ready = Wait();
        _read.SetResult();
        Assert.True(await ready);
    }

    [Fact]
    public async Task Patience_with_unread_overrides_ends()
    {
        var ready = Wait();
        _time.Advance(Patience);
        Assert.False(await ready);
    }

    private Task<bool> Wait() =>
        new CurrentSettings(new SettingsSnapshot()) { Ready = _read.Task }.IsReadyWithinAsync(Patience, _time, TestContext.Current.CancellationToken).AsTask();
}
