using System.Net;
using System.Text;
using System.Text.Json;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Solver;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>The FlareSolverr of the simulator, and the gate that its clearances open.</summary>
public sealed class SolverTests : SimulatorTest
{
    private const string Ask = """{"cmd":"request.get","url":"https://grok.com","maxTimeout":60000}""";

    [Fact]
    public async Task Each_solve_brings_a_clearance_and_the_user_agent_it_belongs_to()
    {
        var first = Solution(await SolveAsync(Ask));
        var second = Solution(await SolveAsync(Ask));
        Assert.NotEqual(first.Clearance, second.Clearance);
        Assert.Equal(SimulatedSolver.UserAgent, second.Agent);
        Assert.Equal((2, 2, 0), (Grok.Solves.Count, Grok.Solver.Solved, Grok.Violations.Count));
    }

    [Fact]
    public async Task The_closed_gate_lets_in_a_clearance_with_its_own_user_agent_only()
    {
        var (clearance, agent) = Solution(await SolveAsync(Ask));
        await SetGateAsync("on");
        Assert.Equal(403, await AskQuotaAsync("", agent));
        Assert.Equal(403, await AskQuotaAsync("; cf_clearance=made-up", agent));
        Assert.Equal(403, await AskQuotaAsync($"; cf_clearance={clearance}", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"));
        Assert.Equal(200, await AskQuotaAsync($"; cf_clearance={clearance}", agent));
        await SetGateAsync("expire");
        Assert.Equal(403, await AskQuotaAsync($"; cf_clearance={clearance}", agent));
        await SetGateAsync("off");
        Assert.Equal(200, await AskQuotaAsync("", agent));
    }

    [Fact]
    public async Task A_script_says_what_the_solver_answers()
    {
        Grok.Solver.Scripts.ForAnyToken.Next(SimulatedSolver.Failure("no")).Next(Answer.Status(502));
        Assert.Contains("\"status\":\"error\"", await SolveAsync(Ask), StringComparison.Ordinal);
        Assert.DoesNotContain("solution", await SolveAsync(Ask), StringComparison.Ordinal);
        Assert.Contains("solution", await SolveAsync(Ask), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "body")]
    [InlineData("""{"cmd":"request.post","url":"https://grok.com","maxTimeout":60000}""", "cmd")]
    [InlineData("""{"cmd":"request.get","url":"grok","maxTimeout":60000}""", "url")]
    [InlineData("""{"cmd":"request.get","url":"https://grok.com","maxTimeout":60}""", "maxTimeout")]
    [InlineData("""{"cmd":"request.get","url":"https://grok.com","maxTimeout":60000,"proxy":{"url":"http://joe:pw@proxy:1"}}""", "proxy")]
    public async Task What_a_solver_would_not_understand_is_a_violation(string body, string item)
    {
        await SolveAsync(body);
        Assert.Equal(item, Assert.Single(Grok.Violations).Item);
    }

    private async Task<string> SolveAsync(string body)
    {
        using var response = await Client.PostAsync(new Uri("/v1", UriKind.Relative), new StringContent(body, Encoding.UTF8, "application/json"), Token);
        return await response.Content.ReadAsStringAsync(Token);
    }

    private async Task SetGateAsync(string state)
    {
        using var response = await Client.PostAsync(new Uri($"/_simulator/challenge/{state}", UriKind.Relative), null, Token);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private async Task<int> AskQuotaAsync(string cookies, string agent)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/rest/rate-limits") { Content = new StringContent("""{"modelName":"fast"}""", Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Cookie", $"sso=t; sso-rw=t{cookies}");
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using var response = await Client.SendAsync(request, Token);
        return (int)response.StatusCode;
    }

    private static (string Clearance, string Agent) Solution(string answer)
    {
        var solution = JsonDocument.Parse(answer).RootElement.GetProperty("solution");
        return (solution.GetProperty("cookies")[0].GetProperty("value").GetString()!, solution.GetProperty("userAgent").GetString()!);
    }
}
