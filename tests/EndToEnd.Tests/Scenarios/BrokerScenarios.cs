using System.Globalization;
using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What the separate processes do while RabbitMQ is away: everything, a little later; and what they know when it is back.</summary>
[Collection(DistributedCollection.Name)]
public sealed class BrokerScenarios(DistributedHome home) : HomeScenarios(home)
{
    private const string Instruction = "Speak like a sailor.";
    private static readonly TimeSpan CacheLifetime = TimeSpan.FromSeconds(5);

    private readonly DistributedHome home = home;

    [Fact]
    public async Task Without_RabbitMQ_requests_keys_and_settings_stay_right_and_health_says_why_it_is_degraded()
    {
        await home.ImportTokensAsync(2);
        var (doomed, doomedKey) = await home.CreateKeyAsync();
        await home.WarmAsync(doomedKey);
        var trace = Guid.NewGuid().ToString("N");
        await home.RabbitMq.StopAsync(Cancelled);
        try
        {
            await Until.TrueAsync(async () => (await Task.WhenAll(home.Processes.Select(TellsOfTheBrokerAsync))).All(told => told), "every process says what is amiss, to those who may know");

            var (_, key) = await home.CreateKeyAsync();
            await AssertBothGatewaysAnswerAsync(key);
            await DeleteKeyAsync(doomed, trace);
            await Until.PromisedAsync(CacheLifetime, () => IsRefusedSlowlyAsync(doomedKey), "both gateways refuse the deleted key");

            await home.PutConfigAsync(new { app = new { custom_instruction = Instruction } });
            await home.SettingsInForceAsync();
            await AssertBothGatewaysAnswerAsync(key);
            Assert.Equal(2, home.Grok.Chats.Count(c => c.Text.Contains(Instruction, StringComparison.Ordinal)));
            Assert.Empty(Heard(trace));
        }
        finally
        {
            await home.RabbitMq.StartAsync(CancellationToken.None);
        }

        await home.EnsureRunningAsync();
        // A broadcast has no memory: who comes back to the bus after it was sent goes by its short-lived cache.
        await Until.TrueAsync(() => Task.FromResult(Heard(trace).Count > 0), () => $"the bus carries the news of the key that was deleted meanwhile:\n{string.Join('\n', home.Traces.SpansOf(trace))}");
        Assert.True(await IsRefusedByAllAsync(doomedKey));
        await home.PutConfigAsync(new { app = new { custom_instruction = "" } });
        await home.SettingsInForceAsync();
    }

    /// <summary>The gateways that an event of this trace has reached.</summary>
    private List<string> Heard(string trace) =>
        [.. home.Traces.SpansOf(trace).Where(s => s.Service == "gateway" && s.Name.EndsWith(" process", StringComparison.Ordinal)).Select(s => s.Instance).Distinct()];

    /// <summary>Whether it says degraded with status 200, and why: where no client asks, or else on its RPC port, if it has one.</summary>
    private static async Task<bool> TellsOfTheBrokerAsync(ServiceProcess process)
    {
        var outside = await HealthAsync(process.HttpPort, HttpVersion.Version11);
        var isForClients = outside.TryGetProperty("reasons", out _) is false;
        var inside = process.GrpcPort > 0 ? await HealthAsync(process.GrpcPort, HttpVersion.Version20) : outside;
        return outside.GetProperty("status").GetString() == "degraded"
            && isForClients == (process.Name.Split('-')[0] is "gateway" or "admin" or "mediacache")
            && (process.GrpcPort == 0 || inside.GetProperty("reasons").EnumerateArray().Any(r => r.GetString()!.StartsWith("bus: RabbitMQ is away", StringComparison.Ordinal)));
    }

    private static async Task<JsonElement> HealthAsync(int port, Version version)
    {
        using var client = WatchedClient.Of(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}/health") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled)).RootElement;
    }

    private async Task AssertBothGatewaysAnswerAsync(string key)
    {
        for (var i = 0; i < home.Gateways.Count; i++)
        {
            using var client = home.Client(key, i);
            using var answer = await client.ChatAsync("Hello");
            await answer.ContentAsync();
        }
    }

    /// <summary>Asks seldom: each question with a key that is no more is one of the 60 a minute that its address may ask, this home's other tests included.</summary>
    private async Task<bool> IsRefusedSlowlyAsync(string key)
    {
        if (await IsRefusedByAllAsync(key))
            return true;
        await Task.Delay(TimeSpan.FromSeconds(1), Cancelled);
        return false;
    }

    private async Task<bool> IsRefusedByAllAsync(string key)
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, home.Gateways.Count).Select(async i =>
        {
            using var client = home.Client(key, i);
            using var answer = await client.GetAsync(new Uri("v1/models", UriKind.Relative), Cancelled);
            return answer.StatusCode;
        }));
        return statuses.All(s => s == HttpStatusCode.Unauthorized);
    }

    /// <summary>Deletes a key in a trace of its own, so that its event can be followed.</summary>
    private async Task DeleteKeyAsync(long id, string trace)
    {
        using var client = home.Client(Home.AppKey);
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri($"admin/apikeys/{id.ToString(CultureInfo.InvariantCulture)}", UriKind.Relative));
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using var answer = await client.SendAsync(request, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
    }
}
