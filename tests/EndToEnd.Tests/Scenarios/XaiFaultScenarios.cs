using System.Globalization;
using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>The official API when it is slow, cut off or refuses in the middle: what the client gets, and which key pays.</summary>
public abstract class XaiFaultScenarios(Home home) : HomeScenarios(home)
{
    private const string Model = "xai/grok-4";
    private const string Once = """data: {"id":"1","model":"grok-4","choices":[{"index":0,"delta":{"content":"Once "}}]}""" + "\n\n";
    private const string Upon = """data: {"id":"1","model":"grok-4","choices":[{"index":0,"delta":{"content":"upon"}}]}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Fact]
    public async Task A_stream_cut_at_any_byte_is_whole_or_told_to_be_broken()
    {
        await Home.ImportApiKeysAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        const string whole = Once + ": comment\r\n" + Upon + Done;
        Home.Grok.Xai.Chat.ForAnyToken.Respond(r => Answer.Stream().Raw(whole).DropAtByte(int.Parse(Asked(r), CultureInfo.InvariantCulture)));
        await WithRetryAsync(new { max_tokens = 1, per_token_retries = 1 }, new { max_tokens = 5, per_token_retries = 2 }, async () =>
        {
            await Parallel.ForAsync(0, whole.Length + 1, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancelled }, async (cut, _) =>
            {
                using var answer = await client.StreamAsync(cut.ToString(CultureInfo.InvariantCulture), Model, Cancelled);
                var text = await answer.Content.ReadAsStringAsync(Cancelled);
                if (answer.StatusCode == HttpStatusCode.OK && !text.Contains("\"error\"", StringComparison.Ordinal))
                    Assert.Equal("Once upon", XaiScenarios.Said(text));
                else
                    Assert.True(cut < whole.Length && text.Contains("\"code\":\"upstream_error\"", StringComparison.Ordinal), $"cut at {cut}: {(int)answer.StatusCode} {text}");
                Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.BadGateway, $"cut at {cut}: {(int)answer.StatusCode}");
                Assert.All(text.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)), l => JsonDocument.Parse(l["data: ".Length..]).Dispose());
            });
        });
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "every lease is settled");
        Assert.Equal("active", (await TokensAsync()).Single().GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_key_that_is_revoked_while_a_stream_runs_ends_with_the_next_request_only()
    {
        await Home.ImportApiKeysAsync(2);
        Home.Grok.Xai.Chat.ForAnyToken.Next(Answer.Stream().Raw(Once).Hold("middle").Raw(Upon).Raw(Done));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var running = await client.StreamAsync("Hi", Model, Cancelled);
        await Home.Grok.UntilAsync(g => g.Gate("middle").Waiting == 1, Cancelled);
        var revoked = Home.Grok.ApiChats.Single().Token;
        Home.Grok.Xai.Chat.ForToken(revoked).Respond(XaiRefusal.Unauthorized());

        // The other key is taken while the first one's stream runs, or after its refusal: in neither case is it the client's.
        for (var i = 0; i < 3; i++)
        {
            using var next = await client.ChatAsync("Next", Model);
            Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        }

        Home.Grok.Gate("middle").Open();
        Assert.Equal("Once upon", XaiScenarios.Said(await running.Content.ReadAsStringAsync(Cancelled)));
        running.Dispose();
    }

    [Fact]
    public async Task A_rate_limit_that_says_nothing_rests_the_key_and_the_next_one_answers()
    {
        await Home.ImportApiKeysAsync(2);
        Home.Grok.Xai.Chat.ForAnyToken.Next(XaiRefusal.RateLimited());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        for (var i = 0; i < 3; i++)
        {
            using var answer = await client.ChatAsync("Hello", Model);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var asked = Home.Grok.ApiChats.Select(r => r.Token).ToList();
        Assert.DoesNotContain(asked[0], asked.Skip(1));
    }

    [Fact]
    public async Task A_slow_upstream_is_given_up_in_time_and_one_that_falls_silent_is_broken_off()
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Respond(r => Asked(r) == "never" ? Answer.Silent() : Answer.Stream().Raw(Once).Stall());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        await WithRetryAsync(new { max_tokens = 1, per_token_retries = 1, first_byte_timeout = 1 }, new { max_tokens = 5, per_token_retries = 2, first_byte_timeout = 120 }, async () =>
        {
            using var slow = await client.ChatAsync("never", Model);
            Assert.Equal((HttpStatusCode.BadGateway, "upstream_error"), (slow.StatusCode, (await slow.ErrorAsync()).GetProperty("code").GetString()));
        });
        await Home.PutConfigAsync(new { upstream = new { idle_timeout = 1 } });
        try
        {
            await Home.SettingsInForceAsync();
            using var stalled = await client.StreamAsync("stalls", Model, Cancelled);
            var text = await stalled.Content.ReadAsStringAsync(Cancelled);
            Assert.Equal("Once ", XaiScenarios.Said(text));
            Assert.Contains("\"code\":\"upstream_error\"", text, StringComparison.Ordinal);
        }
        finally
        {
            await Home.PutConfigAsync(new { upstream = new { idle_timeout = 90 } });
        }

        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the leases are settled");
        Assert.Equal("active", (await TokensAsync()).Single().GetProperty("status").GetString());
    }

    private static string Asked(ReceivedRequest request) => request.Json!.Value.GetProperty("messages")[0].GetProperty("content").GetString()!;

    private async Task WithRetryAsync(object meanwhile, object before, Func<Task> scenario)
    {
        await Home.PutConfigAsync(new { retry = meanwhile });
        try
        {
            await Home.SettingsInForceAsync();
            await scenario();
        }
        finally
        {
            await Home.PutConfigAsync(new { retry = before });
        }
    }
}

/// <summary>The official API's faults in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class XaiFaultsInAllInOne(AllInOneHome home) : XaiFaultScenarios(home);

/// <summary>The official API's faults over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class XaiFaultsOverServices(DistributedHome home) : XaiFaultScenarios(home);
