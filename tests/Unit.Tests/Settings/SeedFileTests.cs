namespace GrokForge.Unit.Tests.Settings;

public sealed class SeedFileTests
{
    private const string File = """
        [app]
        app_key = "a long password"
        media_generation_enabled = true
        temporary = true
        disable_memory = false
        stream = true
        thinking = true
        custom_instruction = ""
        filter_tags = ["xaiartifact", "xai:tool_usage_card", "grok:render"]
        host = "0.0.0.0"
        port = 8080
        log_json = false
        log_level = "info"
        log_file_path = "logs/grokforge.log"
        log_max_size_mb = 50
        log_max_backups = 3
        db_driver = "sqlite"
        db_path = "data/grokforge.db"
        db_dsn = ""
        models_file = ""
        request_timeout = 60
        read_header_timeout = 10
        max_header_bytes = 1048576
        body_limit = 1048576
        chat_body_limit = 10485760
        admin_max_fails = 10
        admin_window_sec = 300
        global_rate_limit_rpm = 0
        global_rate_limit_window = 60

        [image]
        format = "base64"
        blocked_parallel_attempts = 5
        blocked_parallel_enabled = true

        [proxy]
        base_proxy_url = "socks5://127.0.0.1:1080"
        asset_proxy_url = ""
        cf_cookies = ""
        cf_clearance = ""
        skip_proxy_ssl_verify = false
        enabled = false
        flaresolverr_url = ""
        refresh_interval = 3600
        timeout = 300
        browser = "chrome_146"
        user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36"

        [retry]
        max_tokens = 5
        per_token_retries = 2
        reset_session_status_codes = [403]
        retry_backoff_base = 0.5
        retry_backoff_factor = 2.0
        retry_backoff_max = 20.0
        retry_budget = 60.0

        [token]
        fail_threshold = 5
        usage_flush_interval_sec = 30
        selection_algorithm = "round_robin"
        max_inflight = 8
        recent_use_penalty_sec = 15
        cool_duration_basic_sec = 1
        cool_duration_super_sec = 1
        cool_duration_heavy_sec = 1

        [cache]
        image_max_mb = 0
        video_max_mb = 0
        """;

    [Fact]
    public void A_file_of_the_first_version_loads_unchanged()
    {
        var settings = SettingsUnderTest.Start(File).Current.Current;
        Assert.Equal(("0.0.0.0", true, "socks5://127.0.0.1:1080", 30), (settings.App.Host, settings.App.Stream, settings.Proxy.BaseProxyUrl, settings.Token.UsageFlushIntervalSeconds));
    }

    [Fact]
    public void Its_keys_without_effect_are_all_told()
    {
        var warned = SettingsUnderTest.Start(File).Build.Warnings.Select(w => w.Key).ToHashSet();
        Assert.Superset(
            (HashSet<string>)[
                "app.media_generation_enabled", "app.request_timeout", "image.format", "cache.video_max_mb",
                "token.cool_duration_basic_sec"],
            warned);
        Assert.DoesNotContain("app.stream", warned);
        Assert.DoesNotContain(warned, key => key.StartsWith("proxy.", StringComparison.Ordinal));
    }

    [Fact]
    public void Its_selection_algorithm_is_taken_over() =>
        Assert.Equal("round_robin", SettingsUnderTest.Start(File).Current.Current.Token.SelectionAlgorithm);

    [Fact]
    public void Its_solver_is_asked_as_there()
    {
        var file = File.Replace("enabled = false\nflaresolverr_url = \"\"\nrefresh_interval = 3600", "enabled = true\nflaresolverr_url = \"http://solver:8191\"\nrefresh_interval = 30", StringComparison.Ordinal);
        var proxy = SettingsUnderTest.Start(file).Current.Current.Proxy;
        Assert.Equal((true, "http://solver:8191", 600, 60), (proxy.HasSolver, proxy.FlareSolverrUrl, proxy.RefreshInterval.TotalSeconds, proxy.SolveTimeout.TotalSeconds));
    }
}
