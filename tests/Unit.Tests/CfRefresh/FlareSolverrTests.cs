using System.Net;
using System.Text;
using GrokForge.CfRefresh.Solving;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.CfRefresh;

public sealed class FlareSolverrTests : IAsyncLifetime
{
    private static readonly SolveTarget Target = new("direct", "", "https://grok.example");
    private readonly FakeTimeProvider _time = new();
    private SimulatedUpstream _simulator = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _simulator = await SimulatedUpstream.StartAsync(Cancelled);

    public ValueTask DisposeAsync() => _simulator.DisposeAsync();

    [Theory]
    [InlineData("http://solver:8191", "http://solver:8191/v1")]
    [InlineData("http://solver:8191/", "http://solver:8191/v1")]
    [InlineData("http://solver:8191/v1", "http://solver:8191/v1")]
    [InlineData("http://solver:8191/v1/", "http://solver:8191/v1")]
    [InlineData("https://host/solver", "https://host/solver/v1")]
    public void A_base_with_or_without_its_version_is_the_same_door(string address, string door) => Assert.Equal(door, FlareSolverr.Door(address).ToString());

    [Theory]
    [InlineData(90, 120)]
    [InlineData(0, 90)]
    public async Task A_silent_solver_is_given_up_after_its_own_limit_and_thirty_seconds(int limit, int total)
    {
        _simulator.Grok.Solver.Scripts.ForAnyToken.Respond(Answer.Silent());
        using var solver = new FlareSolverr(_time);
        var solving = solver.SolveAsync(Target, new ProxyOptions { FlareSolverrUrl = _simulator.BaseAddress.ToString(), SolveTimeoutSeconds = limit }, Cancelled);
        await _simulator.Grok.UntilAsync(g => g.Solves.Count == 1, Cancelled);
        _time.Advance(TimeSpan.FromSeconds(total - 1));
        Assert.False(solving.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal($"the solver gave no answer within {total} s", (await solving).Error);
        Assert.Contains($"\"maxTimeout\":{(total - 30) * 1000}", _simulator.Grok.Solves[0].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dropped", "connection")]
    [InlineData("html", "not JSON")]
    [InlineData("huge", "longer than 5 MiB")]
    [InlineData("away", "no connection")]
    public async Task A_solver_that_cannot_be_understood_or_reached_is_an_error_in_words(string how, string words)
    {
        _simulator.Grok.Solver.Scripts.ForAnyToken.Respond(how switch
        {
            "dropped" => Answer.Dropped(),
            "huge" => Answer.Json("{\"response\":\"" + new string('x', 6 * 1024 * 1024) + "\"}"),
            _ => Answer.Status(502, "<html>Bad gateway</html>", "text/html"),
        });
        using var solver = new FlareSolverr(TimeProvider.System);
        var address = how == "away" ? $"http://127.0.0.1:{TestKit.Servers.FreePort.Next()}" : _simulator.BaseAddress.ToString();
        var solution = await solver.SolveAsync(Target, new ProxyOptions { FlareSolverrUrl = address }, Cancelled);
        Assert.Contains(words, solution.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_solution_without_cookies_counts_where_a_browser_is_named()
    {
        var solution = Read("""{"status":"ok","solution":{"status":200,"userAgent":"Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0","cookies":[]}}""");
        Assert.Equal((null, "", "chrome_120"), (solution.Error, solution.Cookies, solution.Browser));
    }

    [Fact]
    public void Cookies_are_joined_and_those_that_no_header_can_hold_left_out()
    {
        var solution = Read(
            """{"status":"ok","solution":{"userAgent":"Mozilla/5.0 Chrome/142.0.0.0","cookies":[{"name":"a","value":"1"},{"name":"b","value":"x;y"},{"name":"","value":"z"},{"name":"c","value":"q\r\nSet"},3,{"name":"cf_clearance","value":"k"}]}}""");
        Assert.Equal(("a=1; cf_clearance=k", "chrome_142"), (solution.Cookies, solution.Browser));
    }

    [Theory]
    [InlineData("""{"status":"error","message":"Error: no chrome"}""", "the solver says: Error: no chrome")]
    [InlineData("""{"status":"error"}""", "the solver answered 500 without a reason")]
    [InlineData("[]", "the solver answered 500 without a reason")]
    [InlineData("""{"status":"ok"}""", "the solver's answer has no solution in it")]
    [InlineData("""{"status":"ok","solution":[]}""", "the solver's answer has no solution in it")]
    [InlineData("""{"status":"ok","solution":{"status":403,"userAgent":"Mozilla/5.0"}}""", "the web upstream answered the solver's browser with 403: this egress is refused")]
    [InlineData("""{"status":"ok","solution":{"userAgent":"curl/8"}}""", "the solver's answer names no browser's user agent")]
    [InlineData("""{"status":"ok","solution":{"userAgent":"Mozilla/5.0\r\nX: y"}}""", "the solver's answer names no browser's user agent")]
    [InlineData("""{"status":"ok","solution":{"userAgent":7}}""", "the solver's answer names no browser's user agent")]
    [InlineData("{\"status\":", "the solver's answer (500) is not JSON; is proxy.flaresolverr_url a FlareSolverr?")]
    public void What_is_no_solution_says_why(string body, string error) => Assert.Equal(error, Read(body).Error);

    [Fact]
    public void Secrets_in_a_solvers_words_are_masked()
    {
        var target = Target with { ProxyUrl = "http://joe:p%40ss@proxy:3128" };
        var error = SolverAnswer.Read(Encoding.UTF8.GetBytes("""{"status":"error","message":"no way\nthrough http://joe:p%40ss@proxy:3128 as joe with p@ss, cf_clearance=abc"}"""), HttpStatusCode.InternalServerError, target).Error!;
        foreach (var secret in (string[])["joe", "p@ss", "p%40ss", "abc", "\n"])
            Assert.DoesNotContain(secret, error, StringComparison.Ordinal);
    }

    private static Solution Read(string body) => SolverAnswer.Read(Encoding.UTF8.GetBytes(body), HttpStatusCode.InternalServerError, Target);
}
