using GrokForge.ServiceDefaults.Hosting;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GrokForge.Unit.Tests.Settings;

public sealed class ReloadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("grokforge-settings-").FullName;

    private string Config => Path.Combine(_folder, "config.toml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_change_counts_when_two_looks_agree()
    {
        await using var app = Start("retry.max_tokens = 2");
        var settings = app.Services.GetRequiredService<CurrentSettings>();
        await File.WriteAllTextAsync(Config, "retry.max_tokens = 3", Cancellation);
        Look(app);
        Assert.Equal(2, settings.Current.Retry.MaxTokens);
        Look(app);
        Assert.Equal(3, settings.Current.Retry.MaxTokens);
    }

    [Fact]
    public async Task A_replaced_file_is_noticed()
    {
        await using var app = Start("retry.max_tokens = 2");
        await File.WriteAllTextAsync(Config + ".new", "retry.max_tokens = 3", Cancellation);
        File.Move(Config + ".new", Config, overwrite: true);
        Look(app);
        Look(app);
        Assert.Equal(3, app.Services.GetRequiredService<CurrentSettings>().Current.Retry.MaxTokens);
    }

    [Theory]
    [InlineData("retry.max_tokens = ", "config.toml(1,20)")]
    [InlineData("retry.max_tokens = 99", "config.toml(1,")]
    [InlineData("retry.max_tokens = 3\nretry.max_tokens = 4", "config.toml(2,1)")]
    [InlineData(null, "the file is gone")]
    public async Task A_bad_file_keeps_the_old_settings_and_says_so_and_a_corrected_one_is_taken(string? content, string place)
    {
        var log = new KeptErrors();
        await using var app = Start("retry.max_tokens = 2", log);
        var settings = app.Services.GetRequiredService<CurrentSettings>();
        Write(content);
        Look(app);
        Look(app);
        Look(app);
        Assert.Equal(2, settings.Current.Retry.MaxTokens);
        var told = Assert.Single(log.Lines);
        Assert.Contains(place, told, StringComparison.Ordinal);
        Assert.Contains("the old ones stay", told, StringComparison.Ordinal);
        Write("retry.max_tokens = 5");
        Look(app);
        Look(app);
        Assert.Equal(5, settings.Current.Retry.MaxTokens);
    }

    [Fact]
    public async Task A_file_that_can_no_longer_be_read_is_told_once()
    {
        var log = new KeptErrors();
        await using var app = Start("retry.max_tokens = 2", log);
        File.Delete(Config);
        Directory.CreateDirectory(Config);
        for (var look = 0; look < 5; look++)
            Look(app);
        Assert.Equal(2, app.Services.GetRequiredService<CurrentSettings>().Current.Retry.MaxTokens);
        Assert.Contains(Config, Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_running_host_notices_a_change_by_itself()
    {
        await using var app = Start("retry.max_tokens = 2");
        var changed = new TaskCompletionSource<SettingsSnapshot>();
        app.Services.GetRequiredService<CurrentSettings>().Changed += changed.SetResult;
        var reload = app.Services.GetServices<IHostedService>().OfType<ReloadOnChange>().Single();
        await reload.StartAsync(Cancellation);
        Write("retry.max_tokens = 3");
        Assert.Equal(3, (await changed.Task.WaitAsync(Cancellation)).Retry.MaxTokens);
        await reload.StopAsync(Cancellation);
    }

    [Fact]
    public async Task A_changed_catalog_is_in_force_and_a_bad_one_is_not()
    {
        var models = Path.Combine(_folder, "models.toml");
        await File.WriteAllTextAsync(models, Catalog("one"), Cancellation);
        await using var app = Start("app.models_file = \"models.toml\"");
        var catalog = app.Services.GetRequiredService<CurrentCatalog>();
        Assert.NotNull(catalog.Current.Find("one"));

        await File.WriteAllTextAsync(models, Catalog("two"), Cancellation);
        Look(app);
        Look(app);
        Assert.Equal((true, false), (catalog.Current.Find("two") is not null, catalog.Current.Find("one") is not null));

        await File.WriteAllTextAsync(models, Catalog("three") + "colour = 1", Cancellation);
        Look(app);
        Look(app);
        Assert.NotNull(catalog.Current.Find("two"));
    }

    [Fact]
    public void A_named_file_must_exist() =>
        Assert.Contains(
            $"{Config} does not exist", Assert.Throws<StartRefusedException>(() => Builder("--config=" + Config).AddSettings("test")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_named_file_that_is_a_folder_is_refused_in_a_sentence() =>
        Assert.Contains("cannot be read", Assert.Throws<StartRefusedException>(() => Builder("--config=" + _folder).AddSettings("test")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_bad_file_stops_the_start_with_its_place()
    {
        Write("[app]\nport = 1\nport = 2");
        var message = Assert.Throws<StartRefusedException>(() => Builder("--config=" + Config).AddSettings("test")).Message;
        Assert.StartsWith($"{Config}(3,1): The key `", message, StringComparison.Ordinal);
        Assert.EndsWith("correct the file and start again.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_catalog_stops_the_start()
    {
        Write("app.models_file = \"nowhere.toml\"");
        Assert.Contains("nowhere.toml (app.models_file) does not exist", Assert.Throws<StartRefusedException>(() => Builder("--config=" + Config).AddSettings("test")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_faulty_catalog_stops_the_start_with_its_place()
    {
        Write("app.models_file = \"models.toml\"");
        File.WriteAllText(Path.Combine(_folder, "models.toml"), Catalog("one") + "colour = 1");
        Assert.Contains("models.toml(13,1): model one: unknown field colour", Assert.Throws<StartRefusedException>(() => Builder("--config=" + Config).AddSettings("test")).Message, StringComparison.Ordinal);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string Catalog(string model) => $$"""
        version = 1
        [[modes]]
        id = "fast"
        upstream_name = "fast"
        window_seconds = 10
        default_quota = { basic = 1, super = 2, heavy = 3 }
        [[models]]
        id = "{{model}}"
        type = "chat"
        pool_floor = "basic"
        mode = "fast"
        upstream_mode = "fast"

        """;

    private static void Look(WebApplication app) => app.Services.GetServices<IHostedService>().OfType<ReloadOnChange>().Single().Look();

    private static WebApplicationBuilder Builder(params string[] arguments) => WebApplication.CreateBuilder(arguments);

    private WebApplication Start(string config, ILoggerProvider? log = null)
    {
        Write(config);
        var builder = Builder("--config=" + Config);
        builder.AddSettings("test");
        if (log is not null)
            builder.Logging.ClearProviders().AddProvider(log);
        return builder.Build();
    }

    private void Write(string? content)
    {
        if (content is null)
            File.Delete(Config);
        else
            File.WriteAllText(Config, content);
    }

    /// <summary>Keeps what is logged as an error.</summary>
    private sealed class KeptErrors : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
