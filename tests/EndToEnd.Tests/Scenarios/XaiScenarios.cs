using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Xai;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>The official API behind the same doors: keys of pool xai, bodies and answers passed through, two routes for one model.</summary>
public abstract class XaiScenarios(Home home) : HomeScenarios(home)
{
    private const string Model = "xai/grok-4";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_chat_goes_through_and_its_exact_cost_is_recorded(bool stream)
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Respond(r => XaiReply.Text("The quick brown fox").Thinking("Hm. ").Counting(32, 9, 6, 94).For(r));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = stream ? await client.StreamAsync("Hi", Model, Cancelled) : await client.ChatAsync("Hi", Model);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal("The quick brown fox", stream ? Said(text) : JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Contains("\"reasoning_content\":\"Hm. \"", text, StringComparison.Ordinal);
        Assert.Contains("\"model\":\"xai/grok-4\"", text, StringComparison.Ordinal);
        Assert.Equal(!stream, text.Contains("usage", StringComparison.Ordinal));

        var row = await RowAsync(IdOf(answer));
        Assert.Equal(("xai", "xai", 200, "completed"), (Text(row, "route"), Text(row, "pool"), row.GetProperty("status").GetInt32(), Text(row, "outcome")));
        Assert.Equal((32, 103, 94, 6), (Number(row, "tokens_input"), Number(row, "tokens_output"), Number(row, "tokens_reasoning"), Number(row, "cache_tokens")));
        Assert.False(row.GetProperty("estimated").GetBoolean());
    }

    [Fact]
    public async Task A_revoked_key_and_a_limited_one_cost_the_client_nothing()
    {
        await Home.ImportApiKeysAsync(3);
        Home.Grok.Xai.Chat.ForAnyToken.Next(XaiRefusal.Unauthorized()).Next(XaiRefusal.RateLimitedUntil("1m30s"));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", Model);
        Assert.Equal("Hello from the simulator. You said: Hello", await WholeAsync(answer));
        await Until.TrueAsync(async () => (await TokensAsync()).Count(t => Text(t, "status") == "expired") == 1, "the revoked key is expired");

        // Two of three are left out now: one is expired, one rests.
        var used = Home.Grok.ApiChats.Select(r => r.Token).ToList();
        for (var i = 0; i < 4; i++)
        {
            using var again = await client.ChatAsync("Again", Model);
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }

        Assert.Equal([used[2]], Home.Grok.ApiChats.Skip(3).Select(r => r.Token).Distinct());
    }

    [Fact]
    public async Task With_every_key_limited_the_client_is_told_when_to_come_back()
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Respond(XaiRefusal.RateLimited(TimeSpan.FromSeconds(40)));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var first = await client.ChatAsync("Hello", Model);
        Assert.Equal((HttpStatusCode.TooManyRequests, "40"), (first.StatusCode, first.Headers.GetValues("Retry-After").Single()));
        Assert.Equal("rate_limit_exceeded", Text(await first.ErrorAsync(), "code"));
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is settled");

        // From now on the pool knows, and nothing is asked upstream.
        using var second = await client.ChatAsync("Hello", Model);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.InRange(int.Parse(second.Headers.GetValues("Retry-After").Single(), System.Globalization.CultureInfo.InvariantCulture), 1, 40);
        Assert.Single(Home.Grok.ApiChats);
    }

    [Fact]
    public async Task Without_a_key_the_client_is_told_the_pool()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", Model);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("pool xai", Text(await answer.ErrorAsync(), "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clients_mistake_is_told_in_the_upstreams_words_and_costs_the_key_nothing()
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Respond(XaiRefusal.NoSuchModel("grok-9"));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Hello", "xai/grok-9");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal(("model_not_found", "The model grok-9 does not exist or your team **** does not have access to it."), (Text(error, "code"), Text(error, "message")));
        Assert.Equal("active", Text((await TokensAsync()).Single(), "status"));
    }

    [Fact]
    public async Task A_stream_that_breaks_is_told_in_band_and_one_that_never_begins_by_status()
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Next(r => XaiReply.Text("one two three four").For(r).DropAtByte(400)).Respond(Answer.Dropped());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var broken = await client.StreamAsync("Hi", Model, Cancelled);
        var text = await broken.Content.ReadAsStringAsync(Cancelled);
        Assert.StartsWith("one ", Said(text), StringComparison.Ordinal);
        Assert.Contains("\"code\":\"upstream_error\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("finish_reason", text, StringComparison.Ordinal);
        var row = await RowAsync(IdOf(broken));
        Assert.Equal("broken_off", Text(row, "outcome"));
        // What it had cost until then it could not tell.
        Assert.True(row.GetProperty("estimated").GetBoolean() && Number(row, "tokens_input") > 0 && Number(row, "tokens_output") > 0);

        using var dead = await client.StreamAsync("Hi", Model, Cancelled);
        Assert.Equal(HttpStatusCode.BadGateway, dead.StatusCode);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the leases are settled");
    }

    [Fact]
    public async Task A_client_that_leaves_frees_the_upstream_and_the_lease()
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Respond(Answer.Stream().Raw("""data: {"id":"1","model":"grok-4","choices":[{"index":0,"delta":{"content":"Once"}}]}""" + "\n\n").Stall());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        string id;
        using (var left = await client.StreamAsync("Hi", Model, Cancelled))
        {
            id = IdOf(left);
            await Until.TrueAsync(async () => await Home.InflightAsync() == 1, "the lease is out");
        }

        await Home.Grok.UntilAsync(grok => grok.InFlight == 0, Cancelled);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is settled");
        var row = await RowAsync(id);
        Assert.Equal(("client_gone", 499, 1), (Text(row, "outcome"), Number(row, "status"), Number(row, "tokens_output")));
        Assert.True(row.GetProperty("estimated").GetBoolean());
    }

    [Theory]
    [InlineData("api-after-web", "grok_web", "xai")]
    [InlineData("api-before-web", "xai", "grok_web")]
    public async Task A_model_with_two_routes_takes_the_next_where_the_first_has_no_token(string model, string first, string second)
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        async Task AddAsync(string route) => await (route == "xai" ? Home.ImportApiKeysAsync(1) : Home.ImportTokensAsync(1));
        async Task<string> RouteAsync()
        {
            using var answer = await client.ChatAsync("Hello", model);
            Assert.Equal("Hello from the simulator. You said: Hello", await WholeAsync(answer));
            return Text(await RowAsync(IdOf(answer)), "route");
        }

        await AddAsync(second);
        Assert.Equal(second, await RouteAsync());
        await AddAsync(first);
        Assert.Equal(first, await RouteAsync());
    }

    [Fact]
    public async Task An_alias_of_the_api_is_asked_for_by_its_own_name_there()
    {
        await Home.ImportApiKeysAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync(0, 0, "api-alias")).Key);
        using var answer = await client.ChatAsync("Hello", "api-alias");
        Assert.Equal("Hello from the simulator. You said: Hello", await WholeAsync(answer));
        Assert.Equal("grok-3-mini", Home.Grok.ApiChats.Single().Model);
        using var other = await client.ChatAsync("Hello", Model);
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
    }

    [Fact]
    public async Task One_key_carries_as_many_requests_at_once_as_it_may()
    {
        await Home.ImportApiKeysAsync(1);
        Home.Grok.Xai.Chat.ForAnyToken.Respond(r => XaiReply.Echo(r).For(r).HeadersAtGate("all there"));
        var key = (await Home.CreateKeyAsync()).Key;
        await Home.WarmAsync(key);
        using var client = Home.Client(key);
        var asking = Enumerable.Range(0, 20).Select(_ => client.ChatAsync("Hello", Model)).ToList();
        await Home.Grok.UntilAsync(grok => grok.InFlight == 20, Cancelled);
        var token = (await TokensAsync()).Single();
        // Reading the list of models has a lease of its own, for a moment.
        await Until.TrueAsync(async () => Number((await TokensAsync()).Single(), "inflight") == 20, "the key carries twenty leases");
        Home.Grok.Gate("all there").Open();
        foreach (var answer in await Task.WhenAll(asking))
        {
            using (answer)
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        // A cap of its own holds.
        await Home.AdminAsync(HttpMethod.Put, $"admin/tokens/{token.GetProperty("id").GetInt64()}", new { max_inflight = 1 });
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the leases are settled");
        Home.Grok.Xai.Chat.ForAnyToken.Respond(r => XaiReply.Echo(r).For(r).HeadersAtGate("the first"));
        var first = client.ChatAsync("Hello", Model);
        await Home.Grok.UntilAsync(grok => grok.InFlight == 1, Cancelled);
        using var second = await client.ChatAsync("Hello", Model);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Contains("busy", Text(await second.ErrorAsync(), "message"), StringComparison.Ordinal);
        Home.Grok.Gate("the first").Open();
        using var answered = await first;
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Fact]
    public async Task A_virtual_keys_limit_holds()
    {
        await Home.ImportApiKeysAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync(rateLimit: 1)).Key);
        using var first = await client.ChatAsync("Hello", Model);
        using var second = await client.ChatAsync("Hello", Model);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.TooManyRequests), (first.StatusCode, second.StatusCode));
        Assert.Single(Home.Grok.ApiChats);
    }

    [Fact]
    public async Task Pictures_come_as_bytes_whatever_was_asked_for()
    {
        await Home.ImportApiKeysAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.PostAsJsonAsync(
            new Uri("v1/images/generations", UriKind.Relative), new { model = "xai/grok-2-image", prompt = "A cat", n = 2, response_format = "url" }, Cancelled);
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, text);
        var pictures = JsonDocument.Parse(text).RootElement.GetProperty("data");
        Assert.Equal(2, pictures.GetArrayLength());
        Assert.Equal(0x89, Convert.FromBase64String(pictures[0].GetProperty("b64_json").GetString()!)[0]);
        Assert.DoesNotContain("http", text, StringComparison.Ordinal);
        Assert.Equal("/v1/images/generations", Text(await RowAsync(IdOf(answer)), "endpoint"));
    }

    [Fact]
    public async Task What_the_api_offers_is_listed_once_there_is_a_key()
    {
        await Home.ImportApiKeysAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        await Until.TrueAsync(
            async () => (await client.GetStringAsync(new Uri("v1/models", UriKind.Relative), Cancelled)).Contains("\"xai/grok-4\"", StringComparison.Ordinal),
            "the list is heard of");
    }

    private async Task<JsonElement> RowAsync(string id)
    {
        JsonElement? row = null;
        await Until.TrueAsync(async () => (row = (await UsageRowsAsync(id)).Cast<JsonElement?>().SingleOrDefault()) is not null, "the usage row is written");
        return row!.Value;
    }

    private static async Task<string> WholeAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int Number(JsonElement element, string name) => element.GetProperty(name).GetInt32();

    /// <summary>The content of a stream that is passed on: how the chunks look is the API's matter.</summary>
    internal static string Said(string stream)
    {
        var said = new StringBuilder();
        foreach (var line in stream.Split('\n').Where(l => l.StartsWith("data: {", StringComparison.Ordinal)))
        {
            var chunk = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            if (chunk.TryGetProperty("choices", out var choices) && choices[0].GetProperty("delta").TryGetProperty("content", out var content))
                said.Append(content.GetString());
        }

        return said.ToString();
    }
}

/// <summary>The official API in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class XaiInAllInOne(AllInOneHome home) : XaiScenarios(home);

/// <summary>The official API over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class XaiOverServices(DistributedHome home) : XaiScenarios(home);
