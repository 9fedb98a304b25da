using System.Net;
using System.Text.Json;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Telemetry;
using GrokForge.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace GrokForge.Contracts.Tests.Health;

public sealed class HealthEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory, InlineData("/alive"), InlineData("/healthz"), InlineData("/health"), InlineData("/ready"), InlineData("/metrics")]
    public async Task Probes_are_answered_without_a_key(string path)
    {
        await using var service = await StartAsync("gateway");
        using var client = new HttpClient { BaseAddress = service.Http };

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path, Token)).StatusCode);
    }

    [Fact]
    public async Task Degraded_is_200_and_not_ready_is_503_and_neither_touches_alive()
    {
        await using var service = await StartAsync("tokenpool");
        using var client = new HttpClient { BaseAddress = service.Http };
        var readiness = Readiness.Degraded("a little ill");
        service.Services.GetRequiredService<ReadinessReasons>().Add("test", () => readiness);

        var degraded = await client.GetAsync("/health", Token);
        readiness = Readiness.NotReady("very ill");
        var notReady = await client.GetAsync("/health", Token);

        Assert.Equal((HttpStatusCode.OK, "degraded"), (degraded.StatusCode, await FieldAsync(degraded, "status")));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (notReady.StatusCode, await FieldAsync(notReady, "status")));
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/alive", Token)).StatusCode);
    }

    [Theory, InlineData("tokenpool", true), InlineData("gateway", false), InlineData("allinone", false)]
    public async Task Reasons_are_shown_where_no_client_reads_them(string name, bool shown)
    {
        await using var service = await StartAsync(name);
        using var client = new HttpClient { BaseAddress = service.Http };
        service.Services.GetRequiredService<ReadinessReasons>().Add("test", () => Readiness.Degraded("a little ill"));

        var body = await client.GetStringAsync("/health", Token);

        Assert.Equal(shown, body.Contains("a little ill", StringComparison.Ordinal));
    }

    [Theory, InlineData("client-id_7.x"), InlineData("~!")]
    public async Task A_sane_request_id_comes_back(string id)
    {
        await using var service = await StartAsync("gateway");

        Assert.Equal(id, await RequestIdAsync(service, id));
    }

    [Fact]
    public async Task A_request_id_that_is_not_sane_is_replaced()
    {
        await using var service = await StartAsync("gateway");

        foreach (var id in (string?[])[null, "two words", new string('x', 129)])
        {
            var answered = await RequestIdAsync(service, id);
            Assert.NotEqual(id, answered);
            Assert.True(RequestId.IsSane(answered));
        }
    }

    private static async Task<string> RequestIdAsync(ServiceUnderTest service, string? id)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Http, "/alive"));
        if (id is not null)
            request.Headers.TryAddWithoutValidation(RequestId.Header, id);
        using var answer = await client.SendAsync(request, Token);
        return answer.Headers.GetValues(RequestId.Header).Single();
    }

    private static async Task<string?> FieldAsync(HttpResponseMessage answer, string name)
    {
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Token));
        return json.RootElement.GetProperty(name).GetString();
    }

    private static Task<ServiceUnderTest> StartAsync(string service) => ServiceUnderTest.StartAsync(service, new Dictionary<string, string?>(), _ => { }, _ => { }, rpc: false, Token);
}
