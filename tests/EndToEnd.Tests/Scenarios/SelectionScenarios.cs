using System.Net.Http.Json;
using GrokForge.EndToEnd.Tests.Homes;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Which token serves a request: algorithm, tiers, recent use and conversation, as the upstream sees it.</summary>
public abstract class SelectionScenarios(Home home) : HomeScenarios(home)
{
    private const string Fast = "grok-4.20-fast";
    private const string Auto = "grok-4.20";

    [Fact]
    public async Task Tokens_take_turns_exactly_in_each_mode_once_that_is_the_algorithm()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var used = await Home.ImportTokensAsync(1, "super");
        await ChatsAsync(client, 6, Fast);
        List<string> all = [.. used, .. await Home.ImportTokensAsync(2, "super")];
        await Home.PutConfigAsync(new { token = new { selection_algorithm = "round_robin", recent_use_penalty_sec = 0 } });
        try
        {
            // By units the used token would not be served for many turns yet.
            await Until.TrueAsync(async () => (await ChatsAsync(client, 3, Fast)).Distinct().Count() == 3, "tokens take turns");
            await ChatsAsync(client, 3, Auto);
            var (fast, auto) = (new List<string>(), new List<string>());
            for (var i = 0; i < 12; i++)
            {
                fast.AddRange(await ChatsAsync(client, 1, Fast));
                auto.AddRange(await ChatsAsync(client, 1, Auto));
            }
            Assert.All([fast, auto], picks => Assert.All(all, token => Assert.Equal(4, picks.Count(pick => pick == token))));
        }
        finally
        {
            await Home.PutConfigAsync(new { token = new { selection_algorithm = "high_quota_first", recent_use_penalty_sec = 15 } });
        }
    }

    [Fact]
    public async Task A_higher_priority_is_used_although_it_was_used_just_now_and_equal_tokens_alternate()
    {
        var tokens = await Home.ImportTokensAsync(2);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var turns = await ChatsAsync(client, 6, Fast);
        Assert.Equal(tokens.Order(), turns.Take(2).Order());
        Assert.Equal([.. turns.Take(2), .. turns.Take(2)], turns.Skip(2).Take(4));

        var first = (await TokensAsync())[0].GetProperty("id").GetInt64();
        await Home.AdminAsync(HttpMethod.Put, $"admin/tokens/{first}", new { priority = 5 });
        Assert.Single((await ChatsAsync(client, 4, Fast)).Distinct());
    }

    [Fact]
    public async Task A_conversation_stays_with_its_token_and_another_one_does_not()
    {
        await Home.ImportTokensAsync(3);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        List<string> ours = [], others = [];
        for (var i = 0; i < 3; i++)
        {
            ours.Add(await TurnAsync(client, "ours", $"Turn {i}"));
            others.Add(await TurnAsync(client, "theirs", $"Turn {i}"));
        }
        Assert.Single(ours.Distinct());
        Assert.Single(others.Distinct());
        Assert.NotEqual(ours[0], others[0]);
    }

    [Fact]
    public async Task An_unknown_algorithm_is_refused_by_its_key()
    {
        var version = (await Home.AdminAsync(HttpMethod.Get, "admin/config")).GetProperty("version").GetInt64();
        using var answer = await Home.SendAdminAsync(HttpMethod.Put, "admin/config", new { version, token = new { selection_algorithm = "dice" } });
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.Contains("token.selection_algorithm", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    /// <summary>The tokens that served chats which are no conversation, one after the other.</summary>
    private async Task<IReadOnlyList<string>> ChatsAsync(HttpClient client, int count, string model)
    {
        var before = Home.Grok.Chats.Count;
        for (var i = 0; i < count; i++)
        {
            using var answer = await client.ChatAsync($"Hello {Guid.NewGuid()}", model);
            await answer.ContentAsync();
        }
        return [.. Home.Grok.Chats.Skip(before).Select(chat => chat.Token)];
    }

    private async Task<string> TurnAsync(HttpClient client, string session, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("v1/chat/completions", UriKind.Relative)) { Content = JsonContent.Create(Chats.Body(text)) };
        request.Headers.Add("x-session-id", session);
        using var answer = await client.SendAsync(request, Cancelled);
        await answer.ContentAsync();
        return Home.Grok.Chats[^1].Token;
    }
}

/// <summary>Selection in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class SelectionInAllInOne(AllInOneHome home) : SelectionScenarios(home);

/// <summary>Selection over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class SelectionOverServices(DistributedHome home) : SelectionScenarios(home);
