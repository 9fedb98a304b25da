using System.Collections.Concurrent;
using System.Net;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>A thousand tokens that the upstream has revoked all at once.</summary>
public abstract class StormScenarios(Home home) : HomeScenarios(home)
{
    private const int Tokens = 1000;
    private const int MaxTokens = 5;
    private const int Clients = 4;

    [Fact]
    public async Task A_thousand_revoked_tokens_cost_each_request_five_tries_and_are_all_expired_in_the_end()
    {
        var texts = await Home.ImportTokensAsync(Tokens);
        Home.Grok.ForAnyToken.Respond(Answer.Unauthorized());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        ConcurrentQueue<string> refused = [];
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            while (await AskAsync(client) is { } id)
                refused.Enqueue(id);
        }));

        Assert.Equal(texts.Order(), Home.Grok.Chats.Select(c => c.Token).Distinct().Order());
        Assert.True(refused.Count >= Tokens / MaxTokens, $"{refused.Count} requests cannot have tried them all");
        IReadOnlyList<System.Text.Json.JsonElement> rows = [];
        await Until.TrueAsync(async () => (rows = await UsageRowsAsync(refused)).Count >= Math.Min(refused.Count, 200), () => $"the requests are recorded ({rows.Count} of {refused.Count})");
        Assert.All(rows, row => Assert.InRange(row.GetProperty("attempts").GetInt32(), 1, MaxTokens));
        Assert.InRange(Home.Grok.Chats.Count, Tokens, refused.Count * MaxTokens);
        await Until.TrueAsync(
            async () => (await Home.AdminAsync(HttpMethod.Get, "admin/tokens/ids?status=expired")).GetProperty("ids").GetArrayLength() == Tokens, "all are expired");
    }

    /// <returns>The id of a request whose tokens were all refused; null: there was no token left to try.</returns>
    private static async Task<string?> AskAsync(HttpClient client)
    {
        using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}");
        var error = await answer.ErrorAsync();
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            Assert.Equal("no_token_available", error.GetProperty("code").GetString());
            return null;
        }

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_error"), (answer.StatusCode, error.GetProperty("code").GetString()));
        return IdOf(answer);
    }
}

/// <summary>The storm in one process, on a ledger in memory.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class StormInAllInOne(AllInOneHome home) : StormScenarios(home);

/// <summary>The storm over separate processes, on a ledger in Redis.</summary>
[Collection(DistributedCollection.Name)]
public sealed class StormOverServices(DistributedHome home) : StormScenarios(home);
