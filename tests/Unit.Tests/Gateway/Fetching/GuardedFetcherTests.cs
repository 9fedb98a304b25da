using System.Net;
using System.Net.Sockets;
using GrokForge.Gateway.Fetching;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using GrokForge.TestKit.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Gateway.Fetching;

public sealed class GuardedFetcherTests
{
    private static readonly IPAddress Loopback = IPAddress.Loopback;
    private readonly List<string> _resolved = [];
    private readonly LoggedLines _log = new();
    private readonly FetchOptions _options = new() { AllowPrivate = ["files.example"] };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_allowed_host_is_fetched()
    {
        await using var server = await FileServer.StartAsync(Png, Cancelled);
        var result = await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback);
        Assert.Null(result.Fault);
        Assert.Equal("image/png", result.ContentType);
        Assert.Equal([1, 2, 3], result.Bytes.ToArray());
    }

    [Fact]
    public async Task Neither_cookie_nor_credential_nor_trace_is_sent()
    {
        await using var server = await FileServer.StartAsync(context =>
        {
            context.Response.Headers.SetCookie = "a=b";
            return context.Request.Path == "/b" ? Png(context) : RedirectAsync(context, "/b");
        }, Cancelled);
        var result = await FetchAsync($"http://user:secret@files.example:{server.Port}/a", Loopback);
        Assert.Null(result.Fault);
        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, headers => Assert.Equal(["Accept", "Host", "User-Agent"], headers.Keys.Order()));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("0.0.0.0")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("100.64.0.1")]
    [InlineData("169.254.169.254")]
    public async Task A_private_literal_is_refused_without_a_connection(string host)
    {
        await using var server = await FileServer.StartAsync(Png, Cancelled);
        var result = await FetchAsync($"http://{host}:{server.Port}/a.png");
        Assert.Equal(FetchFault.Unreachable, result.Fault);
        Assert.Empty(server.Requests);
        Assert.Empty(_resolved);
    }

    [Fact]
    public async Task A_name_with_one_private_answer_among_public_ones_is_refused()
    {
        var result = await FetchAsync("http://mixed.example/a.png", IPAddress.Parse("8.8.8.8"), IPAddress.Parse("10.0.0.1"));
        Assert.Equal(FetchFault.Unreachable, result.Fault);
    }

    [Fact]
    public async Task A_redirect_to_a_private_address_is_refused()
    {
        await using var inner = await FileServer.StartAsync(Png, Cancelled);
        await using var server = await FileServer.StartAsync(context => RedirectAsync(context, $"http://127.0.0.1:{inner.Port}/secret"), Cancelled);
        var result = await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback);
        Assert.Equal(FetchFault.Unreachable, result.Fault);
        Assert.Empty(inner.Requests);
    }

    [Fact]
    public async Task A_redirect_to_a_name_with_a_private_address_is_refused()
    {
        await using var inner = await FileServer.StartAsync(Png, Cancelled);
        await using var server = await FileServer.StartAsync(context => RedirectAsync(context, $"http://other.example:{inner.Port}/secret"), Cancelled);
        var result = await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback);
        Assert.Equal(FetchFault.Unreachable, result.Fault);
        Assert.Empty(inner.Requests);
    }

    [Theory]
    [InlineData("ftp://files.example/a")]
    [InlineData("file:///etc/passwd")]
    public async Task A_redirect_to_another_scheme_is_refused(string location)
    {
        await using var server = await FileServer.StartAsync(context => RedirectAsync(context, location), Cancelled);
        var result = await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback);
        Assert.Equal(FetchFault.Forbidden, result.Fault);
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_is_asked_once_and_held_to_that_answer()
    {
        await using var server = await FileServer.StartAsync(Png, Cancelled);
        var answers = new Queue<IPAddress>([Loopback, IPAddress.Parse("10.0.0.1")]);
        using var fetcher = new GuardedFetcher((_, _) => Task.FromResult<IPAddress[]>([answers.Dequeue()]), TimeProvider.System, _log);
        var result = await fetcher.FetchAsync(new Uri($"http://files.example:{server.Port}/a.png"), _options, 100, Share(), Cancelled);
        Assert.Null(result.Fault);
        Assert.Single(answers);
    }

    [Fact]
    public async Task A_name_that_turns_private_between_two_downloads_is_refused_the_second_time()
    {
        await using var server = await FileServer.StartAsync(Png, Cancelled);
        var address = new Uri($"http://files.example:{server.Port}/a.png");
        using var fetcher = new GuardedFetcher((_, _) => Task.FromResult<IPAddress[]>([Loopback]), TimeProvider.System, _log);
        Assert.Null((await fetcher.FetchAsync(address, _options, 100, Share(), Cancelled)).Fault);
        Assert.Equal(FetchFault.Unreachable, (await fetcher.FetchAsync(address, new FetchOptions(), 100, Share(), Cancelled)).Fault);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_allowed_port_allows_no_other_port()
    {
        await using var server = await FileServer.StartAsync(Png, Cancelled);
        var options = new FetchOptions { AllowPrivate = [$"files.example:{server.Port + 1}"] };
        using var fetcher = Fetcher(Loopback);
        var result = await fetcher.FetchAsync(new Uri($"http://files.example:{server.Port}/a.png"), options, 100, Share(), Cancelled);
        Assert.Equal(FetchFault.Unreachable, result.Fault);
    }

    [Fact]
    public async Task Redirects_end()
    {
        await using var server = await FileServer.StartAsync(context => RedirectAsync(context, "/again"), Cancelled);
        var result = await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback);
        Assert.Equal(FetchFault.Failed, result.Fault);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_above_the_limit_is_refused(bool told)
    {
        await using var server = await FileServer.StartAsync(async context =>
        {
            context.Response.ContentLength = told ? 101 : null;
            await context.Response.Body.WriteAsync(new byte[101], Cancelled);
        }, Cancelled);
        Assert.Equal(FetchFault.TooLarge, (await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback)).Fault);
    }

    [Fact]
    public async Task A_body_that_finds_no_room_is_refused()
    {
        await using var server = await FileServer.StartAsync(Png, Cancelled);
        using var fetcher = Fetcher(Loopback);
        using var share = new BodyBudget(new CurrentSettings(new SettingsSnapshot { App = new AppOptions { MaxBodyBytesInFlight = 2 } })).Open();
        var result = await fetcher.FetchAsync(new Uri($"http://files.example:{server.Port}/a.png"), _options, 100, share, Cancelled);
        Assert.Equal(FetchFault.NoRoom, result.Fault);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        var time = new FakeTimeProvider();
        var asked = new TaskCompletionSource();
        await using var server = await FileServer.StartAsync(context =>
        {
            asked.SetResult();
            return Task.Delay(Timeout.Infinite, context.RequestAborted);
        }, Cancelled);
        using var fetcher = new GuardedFetcher((_, _) => Task.FromResult<IPAddress[]>([Loopback]), time, _log);
        var fetch = fetcher.FetchAsync(new Uri($"http://files.example:{server.Port}/a.png"), _options, 100, Share(), Cancelled);
        await asked.Task;
        time.Advance(_options.Timeout);
        Assert.Equal(FetchFault.Unreachable, (await fetch).Fault);
    }

    [Fact]
    public async Task A_status_other_than_200_is_told()
    {
        await using var server = await FileServer.StartAsync(context =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        }, Cancelled);
        var result = await FetchAsync($"http://files.example:{server.Port}/a.png", Loopback);
        Assert.Equal(FetchFault.Failed, result.Fault);
        Assert.Equal("answered 404", result.Reason);
    }

    [Fact]
    public async Task A_server_that_never_ends_its_answer_is_given_up()
    {
        var time = new FakeTimeProvider();
        await using var server = await FileServer.StartAsync(async context =>
        {
            await Png(context);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }, Cancelled);
        var budget = new BodyBudget(new CurrentSettings(new SettingsSnapshot()));
        using var share = budget.Open();
        using var fetcher = new GuardedFetcher((_, _) => Task.FromResult<IPAddress[]>([Loopback]), time, _log);
        var fetch = fetcher.FetchAsync(new Uri($"http://files.example:{server.Port}/a.png"), _options, 100, share, Cancelled);
        while (budget.Held == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancelled);
        time.Advance(_options.Timeout);
        Assert.Equal(FetchFault.Failed, (await fetch).Fault);
    }

    [Fact]
    public async Task Nothing_that_was_not_reached_is_told_apart_but_in_the_log()
    {
        await using var plain = await FileServer.StartAsync(Png, Cancelled);
        await using var redirecting = await FileServer.StartAsync(context => RedirectAsync(context, "http://10.0.0.1/"), Cancelled);
        var closed = FreePort.Next();
        string[] addresses =
        [
            "http://nowhere.example/", "http://empty.example/", "http://inner.example/", "http://127.0.0.1/", $"http://files.example:{closed}/",
            $"https://files.example:{plain.Port}/", $"http://files.example:{redirecting.Port}/",
        ];
        using var fetcher = new GuardedFetcher(
            (host, _) => host switch
            {
                "nowhere.example" => throw new SocketException((int)SocketError.HostNotFound),
                "empty.example" => Task.FromResult<IPAddress[]>([]),
                _ => Task.FromResult<IPAddress[]>([Loopback]),
            },
            TimeProvider.System,
            _log);
        foreach (var address in addresses)
            Assert.Same(FetchResult.Unreachable, await fetcher.FetchAsync(new Uri(address + "private/path?signature=secret"), _options, 100, Share(), Cancelled));
        Assert.Equal(addresses.Length, _log.Lines.Count);
        Assert.Equal(5, _log.Lines.Select(line => line[line.IndexOf(": ", StringComparison.Ordinal)..]).Distinct().Count());
        Assert.StartsWith("A client's picture or file was not fetched from nowhere.example, port 80: ", _log.Lines[0], StringComparison.Ordinal);
        Assert.Contains("10.0.0.1", _log.Lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain("private/path", string.Concat(_log.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", string.Concat(_log.Lines), StringComparison.Ordinal);
    }

    private static Task Png(HttpContext context)
    {
        context.Response.ContentType = "image/png";
        return context.Response.Body.WriteAsync(new byte[] { 1, 2, 3 }, Cancelled).AsTask();
    }

    private static Task RedirectAsync(HttpContext context, string location)
    {
        context.Response.StatusCode = 302;
        context.Response.Headers.Location = location;
        return Task.CompletedTask;
    }

    private static BodyBudget.Share Share() => new BodyBudget(new CurrentSettings(new SettingsSnapshot())).Open();

    private GuardedFetcher Fetcher(params IPAddress[] answers) => new(
        (host, _) =>
        {
            _resolved.Add(host);
            return Task.FromResult(answers);
        },
        TimeProvider.System,
        _log);

    private async Task<FetchResult> FetchAsync(string address, params IPAddress[] answers)
    {
        using var fetcher = Fetcher(answers);
        return await fetcher.FetchAsync(new Uri(address), _options, 100, Share(), Cancelled);
    }

    /// <summary>Keeps what was logged.</summary>
    private sealed class LoggedLines : ILogger<GuardedFetcher>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
