using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Unit.Tests.Settings;

public sealed class LiveSettingsTests
{
    private readonly LiveSettings _live = SettingsUnderTest.Start("retry.max_tokens = 2\napp.port = 9000");

    [Fact]
    public void A_changed_file_is_in_force_as_a_new_reference()
    {
        var before = _live.Current.Current;
        Assert.Empty(_live.UseFile(SettingsUnderTest.File("retry.max_tokens = 3")).Problems);
        Assert.Equal(2, before.Retry.MaxTokens);
        Assert.Equal(3, _live.Current.Current.Retry.MaxTokens);
    }

    [Fact]
    public void A_bad_file_changes_nothing()
    {
        var before = _live.Current.Current;
        Assert.NotEmpty(_live.UseFile(SettingsUnderTest.File("retry.max_tokens = 3\nretry.per_token_retries = 99")).Problems);
        Assert.Same(before, _live.Current.Current);
        _live.UseSaved(new Dictionary<string, string>(), 1);
        Assert.Equal(2, _live.Current.Current.Retry.MaxTokens);
    }

    [Fact]
    public void Bad_saved_overrides_change_nothing()
    {
        _live.UseSaved(new Dictionary<string, string> { ["retry.max_tokens"] = "4" }, 1);
        Assert.NotEmpty(_live.UseSaved(new Dictionary<string, string> { ["retry.max_tokens"] = "99" }, 2).Problems);
        Assert.Equal((4, 1L), (_live.Current.Current.Retry.MaxTokens, _live.Current.Current.OverridesVersion));
    }

    [Fact]
    public void A_removed_override_lets_the_file_through_again()
    {
        _live.UseSaved(new Dictionary<string, string> { ["retry.max_tokens"] = "4" }, 1);
        _live.UseSaved(new Dictionary<string, string>(), 2);
        Assert.Equal(2, _live.Current.Current.Retry.MaxTokens);
    }

    [Fact]
    public void A_reloaded_file_stays_below_the_saved_overrides()
    {
        _live.UseSaved(new Dictionary<string, string> { ["retry.max_tokens"] = "4" }, 1);
        _live.UseFile(SettingsUnderTest.File("retry.max_tokens = 5\nretry.per_token_retries = 7"));
        Assert.Equal((4, 7), (_live.Current.Current.Retry.MaxTokens, _live.Current.Current.Retry.PerTokenRetries));
    }

    [Fact]
    public void A_list_that_stays_as_it_was_waits_for_no_next_start()
    {
        var live = SettingsUnderTest.Start("app.trusted_proxies = [\"10.0.0.1\"]");
        Assert.DoesNotContain(live.UseFile(SettingsUnderTest.File("app.trusted_proxies = [\"10.0.0.1\"]\nretry.max_tokens = 3")).Warnings, w => w.Key == "app.trusted_proxies");
        Assert.Contains(live.UseFile(SettingsUnderTest.File("app.trusted_proxies = [\"10.0.0.2\"]")).Warnings, w => w.Key == "app.trusted_proxies");
    }

    [Fact]
    public void Bootstrap_settings_stay_as_they_were_at_start()
    {
        var build = _live.UseFile(SettingsUnderTest.File("app.port = 9001\nretry.max_tokens = 3"));
        Assert.Equal((9000, 3), (_live.Current.Current.App.Port, _live.Current.Current.Retry.MaxTokens));
        Assert.Contains(build.Warnings, w => w.Key == "app.port" && w.Message.Contains("next start", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("app.port", "9001")]
    [InlineData("app.data_dir", "\"elsewhere\"")]
    [InlineData("future.key", "1")]
    [InlineData("retry.future_key", "[1, 2]")]
    public void Saved_keys_that_cannot_act_here_are_left_out_with_a_warning(string key, string value)
    {
        var build = _live.UseSaved(new Dictionary<string, string> { [key] = value, ["retry.max_tokens"] = "4" }, 1);
        Assert.Contains(build.Warnings, w => w.Key == key);
        Assert.Equal((9000, 4), (_live.Current.Current.App.Port, _live.Current.Current.Retry.MaxTokens));
    }

    [Fact]
    public void Listeners_hear_of_a_change_and_not_of_a_refusal()
    {
        List<int> heard = [];
        _live.Current.Changed += s => heard.Add(s.Retry.MaxTokens);
        _live.UseFile(SettingsUnderTest.File("retry.max_tokens = 3"));
        _live.UseFile(SettingsUnderTest.File("retry.max_tokens = 0"));
        Assert.Equal([3], heard);
    }

    [Fact]
    public void The_options_monitor_shows_the_settings_in_force_and_tells_of_changes()
    {
        var monitor = new SnapshotOptions<RetryOptions>(_live.Current, s => s.Retry);
        List<int> heard = [];
        using (monitor.OnChange((o, _) => heard.Add(o.MaxTokens)))
            _live.UseFile(SettingsUnderTest.File("retry.max_tokens = 3"));
        _live.UseFile(SettingsUnderTest.File("retry.max_tokens = 4"));
        Assert.Equal([3], heard);
        Assert.Same(_live.Current.Current.Retry, monitor.CurrentValue);
    }
}
