using System.Net.Http.Json;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What an explanation says is what the next request gets, and asking changes nothing.</summary>
public abstract class ExplainScenarios(Home home) : HomeScenarios(home)
{
    private const string Fast = "grok-4.20-fast";

    [Fact]
    public async Task The_explained_token_is_the_one_that_serves()
    {
        var tokens = await Home.ImportTokensAsync(3);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        for (var i = 0; i < 4; i++)
        {
            var explained = (await ExplainAsync(new { model = Fast })).GetProperty("token").GetProperty("token").GetString()!;
            Assert.Equal(explained, (await ExplainAsync(new { model = Fast })).GetProperty("token").GetProperty("token").GetString());
            using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}", Fast);
            await answer.ContentAsync();
            Assert.Equal(explained, Mask(Home.Grok.Chats[^1].Token));
            await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is settled");
        }
        Assert.True(tokens.Select(Mask).Distinct().Count() == 3, "the tokens look different when masked");
    }

    [Fact]
    public async Task A_conversation_is_explained_by_its_token()
    {
        await Home.ImportTokensAsync(3);
        var (id, key) = await Home.CreateKeyAsync();
        using var client = Home.Client(key);
        await SayAsync(client, new { model = Fast, messages = new[] { new { role = "user", content = "First" } }, prompt_cache_key = "ours" });
        var served = Mask(Home.Grok.Chats[^1].Token);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is settled");

        foreach (var affinity in new object[] { "ours", new { prompt_cache_key = "ours" } })
        {
            var route = (await ExplainAsync(new { model = Fast, key = id, affinity })).GetProperty("routes")[0];
            Assert.Equal(("affinity", served), (route.GetProperty("by").GetString(), route.GetProperty("token").GetProperty("token").GetString()));
        }
        var stranger = (await ExplainAsync(new { model = Fast, key = id, affinity = new { session_id = "ours" } })).GetProperty("routes")[0];
        Assert.Equal("order", stranger.GetProperty("by").GetString());
        Assert.NotEqual(served, stranger.GetProperty("token").GetProperty("token").GetString());
        Assert.Contains(stranger.GetProperty("skipped").EnumerateArray(), s => s.GetProperty("reason").GetString() == "recently_used");
    }

    private static string Mask(string token) => $"{token[..4]}****{token[^4..]}";

    private static async Task SayAsync(HttpClient client, object body)
    {
        using var answer = await client.PostAsJsonAsync(new Uri("v1/chat/completions", UriKind.Relative), body, Cancelled);
        await answer.ContentAsync();
    }

    private Task<JsonElement> ExplainAsync(object body) => Home.AdminAsync(HttpMethod.Post, "admin/routing/explain", body);
}

/// <summary>Explanations in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class ExplainInAllInOne(AllInOneHome home) : ExplainScenarios(home);

/// <summary>Explanations over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class ExplainOverServices(DistributedHome home) : ExplainScenarios(home);
