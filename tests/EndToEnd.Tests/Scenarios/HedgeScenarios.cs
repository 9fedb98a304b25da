using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>A second token beside one that is slow to begin its answer: what the client gets, what it costs, and what is recorded.</summary>
public abstract class HedgeScenarios(Home home) : HomeScenarios(home)
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task A_slow_token_is_outrun_and_costs_a_unit_only_where_it_had_begun(bool stream, bool begun)
    {
        await Home.ImportTokensAsync(2);
        var full = Units(await TokensAsync());
        Home.Grok.ForAnyToken.Next(begun ? Answer.Begin().Stall() : Answer.Silent()).Respond(Answer.Text("In time"));
        await WithHedgesAsync(async () =>
        {
            using var client = Home.Client((await Home.CreateKeyAsync()).Key);
            using var answer = stream ? await client.StreamAsync("Hello", Cancelled) : await client.ChatAsync("Hello");
            Assert.Equal("In time", stream ? Chats.Joined(await answer.Content.ReadAsStringAsync(Cancelled)) : await answer.ContentAsync());
            await Home.Grok.UntilAsync(g => g.Chats.Count == 2 && g.Chats[0].Disconnected, Cancelled);

            await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "both leases are settled");
            Assert.Equal([full[0] - 1, full[1] - (begun ? 1 : 0)], Units(await TokensAsync()));
            await Until.TrueAsync(async () => (await UsageRowsAsync(IdOf(answer))).Count > 0, "the request is recorded");
            var row = Assert.Single(await UsageRowsAsync(IdOf(answer)));
            Assert.Equal((200, 2), (row.GetProperty("status").GetInt32(), row.GetProperty("attempts").GetInt32()));
        });
    }

    [Fact]
    public async Task A_client_that_leaves_frees_both_tokens_and_pays_for_neither()
    {
        await Home.ImportTokensAsync(2);
        var full = Units(await TokensAsync());
        Home.Grok.ForAnyToken.Respond(Answer.Silent());
        await WithHedgesAsync(async () =>
        {
            using var client = Home.Client((await Home.CreateKeyAsync()).Key);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var asking = client.StreamAsync("Hello", patience.Token);
            await Home.Grok.UntilAsync(g => g.Chats.Count == 2, Cancelled);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
            await Home.Grok.UntilAsync(g => g.Chats.All(c => c.Disconnected), Cancelled);
            await Until.TrueAsync(async () => await Home.InflightAsync() == 0 && Units(await TokensAsync()).SequenceEqual(full), "both units are back");
        });
    }

    /// <summary>What each token has left, the least first.</summary>
    private static IReadOnlyList<int> Units(IEnumerable<JsonElement> tokens) => [.. tokens.Select(t => t.GetProperty("quotas").GetProperty("fast").GetInt32()).Order()];

    private async Task WithHedgesAsync(Func<Task> scenario)
    {
        await Home.PutConfigAsync(new { retry = new { hedge_after = 0.2 } });
        try
        {
            await Home.SettingsInForceAsync();
            await scenario();
        }
        finally
        {
            await Home.PutConfigAsync(new { retry = new { hedge_after = 0 } });
        }
    }
}

/// <summary>Second tokens in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class HedgesInAllInOne(AllInOneHome home) : HedgeScenarios(home);

/// <summary>Second tokens over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class HedgesOverServices(DistributedHome home) : HedgeScenarios(home);
