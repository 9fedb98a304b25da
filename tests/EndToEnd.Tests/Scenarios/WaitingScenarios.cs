using System.Net;
using System.Text;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>How long a request may last, and what its client hears meanwhile, in every home.</summary>
public abstract class WaitingScenarios(Home home) : HomeScenarios(home)
{
    [Fact]
    public async Task A_request_without_an_answer_ends_at_its_deadline_which_an_answer_outlives()
    {
        await Home.ImportTokensAsync(2);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        await Home.PutConfigAsync(new { proxy = new { timeout = 4 } });
        try
        {
            await Home.SettingsInForceAsync();
            var slow = Enumerable.Range(1, 6).Aggregate(Answer.Begin().Token("0 "), (answer, i) => answer.Pause(TimeSpan.FromSeconds(1)).Token($"{i} "));
            Home.Grok.ForAnyToken.Next(slow.End()).Respond(Answer.Silent());
            using var lasting = await client.StreamAsync("Take your time", Cancelled);
            using var whole = await client.ChatAsync("Hello?");
            using var stream = await client.StreamAsync("Hello?", Cancelled);
            foreach (var unanswered in new[] { whole, stream })
            {
                Assert.Equal(HttpStatusCode.BadGateway, unanswered.StatusCode);
                var error = await unanswered.ErrorAsync();
                Assert.Equal("upstream_error", error.GetProperty("code").GetString());
                // The limit of one try is two minutes: what ended these was the request's own.
                Assert.Matches("gave no answer within [0-4](\\.[0-9]+)? s", error.GetProperty("message").GetString()!);
            }

            var told = await SseTranscript.ReadAsync(lasting, usageAsked: false, Cancelled);
            Assert.Equal(("0 1 2 3 4 5 6 ", "stop", true), (told.Content, told.FinishReason, told.IsDone));
        }
        finally
        {
            await Home.PutConfigAsync(new { proxy = new { timeout = 300 } });
            await Home.SettingsInForceAsync();
        }
    }

    [Fact]
    public async Task Silence_and_hidden_reasoning_are_bridged_by_pings()
    {
        await Home.ImportTokensAsync(3);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var thinking = Enumerable.Range(0, 60).Aggregate(Answer.Begin().Say("Once"), (answer, _) => answer.Pause(TimeSpan.FromSeconds(2)).Think("Hm.")).End();
        Home.Grok.ForAnyToken.Next(Answer.Begin().Hold("words").Say("Once").End()).Next(Answer.Begin().Say("Once").Hold("words").End()).Respond(thinking);
        await Task.WhenAll(PingedAsync(client, ""), PingedAsync(client, ""), PingedAsync(client, "\"reasoning_effort\":\"none\","));
    }

    /// <summary>Reads a stream until two pings have come, each behind a wait of its own.</summary>
    private static async Task PingedAsync(HttpClient client, string fields)
    {
        using var answer = await client.SendAsync($$"""{"model":"grok-4.20-fast","stream":true,{{fields}}"messages":[{"role":"user","content":"Tell me"}]}""", Cancelled);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled), Encoding.UTF8);
        var pings = 0;
        while (pings < 2)
        {
            var line = await reader.ReadLineAsync(Cancelled);
            Assert.NotNull(line);
            Assert.False(line.StartsWith("data: [DONE]", StringComparison.Ordinal), "The stream ended before its second ping.");
            pings += line == ": ping" ? 1 : 0;
        }
    }
}

/// <summary>Waiting in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class WaitingInAllInOne(AllInOneHome home) : WaitingScenarios(home);

/// <summary>Waiting over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class WaitingOverServices(DistributedHome home) : WaitingScenarios(home);
