using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Quota windows as the upstream counts them: shown, acted upon, and asked for no more than needed.</summary>
public abstract class QuotaScenarios(Home home) : HomeScenarios(home)
{
    private const string Fast = "grok-4.20-fast";

    [Fact]
    public async Task An_imported_token_shows_the_upstreams_numbers_and_the_pool_they_speak_for()
    {
        await WithAsync(new { refresh_after_import = 100 }, async () =>
        {
            var text = (await Home.ImportTokensAsync(1, prefix: "demo-super"))[0];
            Home.Grok.Quota.SetRemaining(text, "fast", 99);
            await Until.TrueAsync(async () => (await TokenAsync()).TryGetProperty("proposed_pool", out _), "the token was read");
            await Until.TrueAsync(async () => Seen(await TokenAsync()) == 3, "all of its modes were");
            var token = await TokenAsync();
            Assert.Equal(("ssoBasic", "ssoSuper"), (token.GetProperty("pool").GetString(), token.GetProperty("proposed_pool").GetString()));
            Assert.Equal((50, 50), (Units(token, "limit_quotas", "auto"), Units(token, "quotas", "auto")));
            Assert.Equal(140, Units(token, "limit_quotas", "fast"));
            Assert.False(token.TryGetProperty("stale_quotas", out _));
            Assert.All(Reads, r => Assert.Equal(text, r.Token));
        });
    }

    [Fact]
    public async Task A_token_is_out_after_a_429_and_back_when_the_upstream_says_so()
    {
        await WithAsync(new { refresh_after_import = 0, refresh_spacing = 1 }, async () =>
        {
            using var client = Home.Client((await Home.CreateKeyAsync()).Key);
            var text = (await Home.ImportTokensAsync(1))[0];
            // Used up elsewhere: our own count does not know.
            Home.Grok.Quota.SetWindow(text, "fast", 30, TimeSpan.FromSeconds(4));
            Home.Grok.Quota.SetRemaining(text, "fast", 0);
            using (var refused = await client.ChatAsync("Hello", Fast))
                Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
            await Until.TrueAsync(async () => Seen(await TokenAsync()) == 1, "the window was read");
            Assert.Equal((0, 30), (Units(await TokenAsync(), "quotas", "fast"), Units(await TokenAsync(), "limit_quotas", "fast")));
            using (var none = await client.ChatAsync("Hello", Fast))
                Assert.Equal("no_token_available", (await none.ErrorAsync()).GetProperty("code").GetString());

            await Until.TrueAsync(async () => Units(await TokenAsync(), "quotas", "fast") == 30, "the window has refilled");
            using var answer = await client.ChatAsync("Hello", Fast);
            await answer.ContentAsync();
            await Until.TrueAsync(() => Task.FromResult(Reads.Count >= 2), "the refilled window was read too");
        });
    }

    [Fact]
    public async Task Old_numbers_are_read_before_they_refuse_a_request()
    {
        await WithAsync(new { refresh_after_import = 0, refresh_spacing = 1 }, async () =>
        {
            using var client = Home.Client((await Home.CreateKeyAsync()).Key);
            await Home.ImportTokensAsync(1);
            var id = (await TokenAsync()).GetProperty("id").GetInt64();
            await Home.AdminAsync(HttpMethod.Put, $"admin/tokens/{id}", new { quotas = new { fast = 0 } });
            using var answer = await client.ChatAsync("Hello", Fast);
            await answer.ContentAsync();
            Assert.Equal("fast", Assert.Single(Reads).Mode);
        });
    }

    [Fact]
    public async Task A_token_that_is_invalid_upstream_expires_when_it_is_read()
    {
        await WithAsync(new { refresh_after_import = 100 }, async () =>
        {
            Home.Grok.RateLimits.ForAnyToken.Respond(Answer.Unauthorized());
            await Home.ImportTokensAsync(1);
            await Until.TrueAsync(async () => (await TokenAsync()).GetProperty("status").GetString() == "expired", "the token expires");
            Assert.Contains("401", (await TokenAsync()).GetProperty("status_reason").GetString(), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Forty_imported_tokens_are_each_read_once_however_many_replicas_there_are()
    {
        await WithAsync(new { refresh_after_import = 100, refresh_spacing = 600 }, async () =>
        {
            var texts = await Home.ImportTokensAsync(40);
            await Until.TrueAsync(() => Task.FromResult(Reads.Count >= 120), () => $"all are read ({Reads.Count} of 120)");
            // Two more, each read when the one before it was: by then the refreshers have looked again at all that is due.
            for (var i = 0; i < 2; i++)
            {
                var next = (await Home.ImportTokensAsync(1))[0];
                await Until.TrueAsync(() => Task.FromResult(Reads.Count(r => r.Token == next) >= 3), "the next one is read");
                texts = [.. texts, next];
            }

            Assert.Equal(texts.Order(), Reads.Select(r => r.Token).Distinct().Order());
            Assert.All(Reads.GroupBy(r => (r.Token, r.Mode)), reads => Assert.Single(reads));
        });
    }

    [Fact]
    public async Task An_administrators_wish_to_read_is_answered_at_once_where_it_has_to_wait()
    {
        await WithAsync(new { refresh_after_import = 0, refresh_spacing = 600 }, async () =>
        {
            var texts = await Home.ImportTokensAsync(2);
            Home.Grok.Quota.SetRemaining(texts[0], "fast", 9);
            Home.Grok.RateLimits.ForToken(texts[1]).Respond(Answer.RateLimited());
            var ids = (await TokensAsync()).Select(t => t.GetProperty("id").GetInt64()).Order().ToArray();
            using (var first = await Home.SendAdminAsync(HttpMethod.Post, $"admin/tokens/{ids[0]}/refresh"))
                Assert.Equal((HttpStatusCode.OK, (TimeSpan?)null), (first.StatusCode, first.Headers.RetryAfter?.Delta));
            using (var second = await Home.SendAdminAsync(HttpMethod.Post, $"admin/tokens/{ids[1]}/refresh"))
                Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
            var reads = Reads.Count;
            Home.Grok.Quota.SetRemaining(texts[0], "fast", 8);

            // Asked again: the reading of before, and the true wait.
            using var again = await Home.SendAdminAsync(HttpMethod.Post, $"admin/tokens/{ids[0]}/refresh");
            Assert.Equal(9, Units(await again.Content.ReadFromJsonAsync<JsonElement>(Cancelled), "quotas", "fast"));
            Assert.InRange(again.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 400, 720);
            using var resting = await Home.SendAdminAsync(HttpMethod.Post, $"admin/tokens/{ids[1]}/refresh");
            Assert.Equal((HttpStatusCode.TooManyRequests, "not_read_yet"), (resting.StatusCode, (await resting.ErrorAsync()).GetProperty("code").GetString()));
            Assert.InRange(resting.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1000, 1440);

            var report = await Home.AdminAsync(HttpMethod.Post, "admin/tokens/batch/refresh", new { ids = new[] { ids[0], ids[1], 999_999_999 } });
            Assert.Equal((1, 2, 1), (Number(report, "success"), Number(report, "failed"), Number(report, "waiting")));
            Assert.InRange(Number(report.GetProperty("errors").EnumerateArray().Single(e => Number(e, "id") == ids[1]), "retry_after"), 1000, 1440);
            using var tooMany = await Home.SendAdminAsync(HttpMethod.Post, "admin/tokens/batch", new { operation = "refresh", ids = Enumerable.Range(1, 1001) });
            Assert.Equal((HttpStatusCode.BadRequest, "ids"), (tooMany.StatusCode, (await tooMany.ErrorAsync()).GetProperty("param").GetString()));
            Assert.Equal(reads, Reads.Count);
        });
    }

    [Fact]
    public async Task Five_thousand_idle_tokens_cause_no_refresh()
    {
        await WithAsync(new { refresh_after_import = 0, refresh_spacing = 1, refresh_stale_after = 1 }, async () =>
        {
            using var client = Home.Client((await Home.CreateKeyAsync()).Key);
            for (var i = 0; i < 5; i++)
                await Home.ImportTokensAsync(1000);

            // Tokens of another pool run out, one after the other: when those were read, the refreshers have passed over all others.
            List<string> used = [];
            for (var i = 0; i < 2; i++)
            {
                var text = (await Home.ImportTokensAsync(1, "super"))[0];
                used.Add(text);
                Home.Grok.Quota.SetRemaining(text, "fast", 0);
                using var refused = await client.ChatAsync("Hello", $"{Fast}-super");
                Assert.False(refused.IsSuccessStatusCode);
                await Until.TrueAsync(() => Task.FromResult(Reads.Any(r => r.Token == text)), "what ran out is read");
            }

            Assert.Subset(used.ToHashSet(), Reads.Select(r => r.Token).ToHashSet()!);
        });
    }

    private IReadOnlyList<ReceivedRequest> Reads => [.. Home.Grok.Requests.Where(r => r.Surface == Surface.Quota)];

    private async Task<JsonElement> TokenAsync() => Assert.Single(await TokensAsync());

    private static int Units(JsonElement token, string field, string mode) => token.GetProperty(field).GetProperty(mode).GetInt32();

    private static int Number(JsonElement from, string field) => from.GetProperty(field).GetInt32();

    private static int Seen(JsonElement token) => token.TryGetProperty("quota_observed_at", out var seen) ? seen.EnumerateObject().Count() : 0;

    private async Task WithAsync(object token, Func<Task> scenario)
    {
        await Home.PutConfigAsync(new { token });
        try
        {
            await Home.SettingsInForceAsync();
            await scenario();
        }
        finally
        {
            await Home.PutConfigAsync(new { token = new { refresh_after_import = 0, refresh_spacing = 60, refresh_stale_after = 600 } });
        }
    }
}

/// <summary>Quotas in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class QuotaInAllInOne(AllInOneHome home) : QuotaScenarios(home);

/// <summary>Quotas over separate processes, two of which read.</summary>
[Collection(DistributedCollection.Name)]
public sealed class QuotaOverServices(DistributedHome home) : QuotaScenarios(home);
