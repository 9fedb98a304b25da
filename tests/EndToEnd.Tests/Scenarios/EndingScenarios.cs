using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>However a request ends, exactly one usage row tells of it, and tells the truth.</summary>
public abstract class EndingScenarios(Home home) : HomeScenarios(home)
{
    private const string Model = "grok-4.20-fast";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_served_request_is_completed(bool stream)
    {
        await Home.ImportTokensAsync(1);
        var row = await RowOfAsync(stream, 200);
        Assert.Equal(new Row(200, "completed", Attempts: 1, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), row);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_served_by_its_third_try_tells_of_three(bool stream)
    {
        await Home.ImportTokensAsync(3);
        Home.Grok.ForAnyToken.Next(Answer.Unauthorized()).Next(Answer.RateLimited(TimeSpan.FromSeconds(60)));
        var row = await RowOfAsync(stream, 200);
        Assert.Equal(new Row(200, "completed", Attempts: 3, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), row);
    }

    [Theory]
    [InlineData("""{"model":"grok-4.20-fast","messages":[]}""", 400, "")]
    [InlineData("""{"model":"grok-4.20-fast","messages":""", 400, "")]
    [InlineData("""{"model":"gpt-12","messages":[{"role":"user","content":"Hi"}]}""", 404, "gpt-12")]
    [InlineData("""{"model":"grok-4.20-fast","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}""", 400, Model)]
    public async Task A_refused_request_never_reached_the_upstream(string body, int status, string model)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync(body, Cancelled);
        Assert.Equal(status, (int)answer.StatusCode);
        var row = await RowAsync(IdOf(answer));
        Assert.Equal(model, row.GetProperty("model").GetString());
        Assert.Equal(new Row(status, "refused", Attempts: 0, "", HasToken: false, HasFirstByte: false, HasTokens: false), Row.Of(row));
        Assert.Empty(Home.Grok.Chats);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task A_request_beyond_its_keys_limits_leaves_a_row(int rateLimit, int dailyLimit)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync(rateLimit: rateLimit, dailyLimit: dailyLimit)).Key);
        using var served = await client.ChatAsync("Hello");
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
        using var refused = await client.ChatAsync("Hello again");
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal(dailyLimit > 0, refused.Headers.TryGetValues("x-should-retry", out var retry) && retry.Single() == "false");
        Assert.Equal(new Row(429, "refused", Attempts: 0, "", HasToken: false, HasFirstByte: false, HasTokens: false), Row.Of(await RowAsync(IdOf(refused))));
    }

    [Fact]
    public async Task A_stranger_leaves_no_row()
    {
        using var stranger = Home.Client("gf-000000000000000000000000000000000000000000000000");
        using var refused = await stranger.ChatAsync("Hello");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        // A row of a later request is there: an earlier one would be too.
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var later = await client.ChatAsync("Hello", model: "gpt-12");
        await RowAsync(IdOf(later));
        Assert.Empty(await UsageRowsAsync(IdOf(refused)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_a_token_nothing_was_tried(bool stream)
    {
        var row = await RowOfAsync(stream, 503);
        Assert.Equal(new Row(503, "failed", Attempts: 0, "", HasToken: false, HasFirstByte: false, HasTokens: false), row);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upstream_that_fails_is_told_with_its_tries(bool stream)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Status(503));
        var row = await RowOfAsync(stream, 502);
        Assert.Equal(new Row(502, "failed", Home.Grok.Chats.Count, "basic", HasToken: true, HasFirstByte: false, HasTokens: false), row);
        Assert.True(Home.Grok.Chats.Count > 1, "A failing upstream is tried again.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_leaves_before_the_answer_is_gone(bool stream)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Silent());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var id = $"leaving-{Guid.NewGuid():N}";
        client.DefaultRequestHeaders.Add("x-request-id", id);
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            var asking = stream ? client.StreamAsync("Tell me", leaving.Token) : client.SendAsync(JsonSerializer.Serialize(Chats.Body("Tell me")), leaving.Token);
            await Home.Grok.UntilAsync(grok => grok.InFlight == 1, Cancelled);
            // Nobody outside can see that what was told of the try has also arrived.
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, Cancelled);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }

        Assert.Equal(new Row(499, "client_gone", Attempts: 1, "basic", HasToken: true, HasFirstByte: false, HasTokens: false), Row.Of(await RowAsync(id)));
        await Home.Grok.UntilAsync(grok => grok.InFlight == 0, Cancelled);
    }

    [Fact]
    public async Task A_client_that_leaves_during_the_answer_is_gone()
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Stall());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        string id;
        using (var answer = await client.StreamAsync("Tell me", Cancelled))
            id = IdOf(answer);
        Assert.Equal(new Row(499, "client_gone", Attempts: 1, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), Row.Of(await RowAsync(id)));
    }

    [Fact]
    public async Task A_stream_that_breaks_is_broken_off()
    {
        await Home.ImportTokensAsync(2);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Drop());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.StreamAsync("Tell me", Cancelled);
        Assert.NotNull((await SseTranscript.ReadAsync(answer, usageAsked: false, Cancelled)).Error);
        Assert.Equal(new Row(502, "broken_off", Attempts: 1, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), Row.Of(await RowAsync(IdOf(answer))));
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("max_tokens")]
    public async Task An_answer_that_the_gateway_cuts_is_completed_and_counts_what_was_told(string by)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Think("Let me see.").Say("One two three four five six seven").End());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var cut = by == "stop" ? "\"stop\":\"four\"" : "\"max_tokens\":7";
        using var answer = await client.SendAsync($$"""{"model":"{{Model}}",{{cut}},"messages":[{"role":"user","content":"Count"}]}""", Cancelled);
        var usage = Chats.UsageOf(await answer.Content.ReadAsStringAsync(Cancelled));
        var row = await RowAsync(IdOf(answer));
        Assert.Equal(new Row(200, "completed", Attempts: 1, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), Row.Of(row));
        Assert.Equal(usage.GetProperty("completion_tokens").GetInt32(), row.GetProperty("tokens_output").GetInt32());
        Assert.Equal(usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32(), row.GetProperty("tokens_reasoning").GetInt32());
        Assert.True(row.GetProperty("tokens_reasoning").GetInt32() > 0, "Reasoning is counted.");
        Assert.True(by != "max_tokens" || row.GetProperty("tokens_output").GetInt32() <= 7, "No more is counted than was told.");
    }

    [Fact]
    public async Task A_whole_answer_that_breaks_is_asked_for_again_and_tells_of_both_tries()
    {
        await Home.ImportTokensAsync(2);
        Home.Grok.ForAnyToken.Next(Answer.Begin().Say("Once upon").Drop());
        var row = await RowOfAsync(stream: false, 200);
        Assert.Equal(new Row(200, "completed", Attempts: 2, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), row);
        Assert.Equal(2, Home.Grok.Chats.Count);
    }

    [Fact]
    public async Task A_client_that_leaves_a_whole_answer_is_gone()
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Say("Once upon").Stall());
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var id = $"leaving-{Guid.NewGuid():N}";
        client.DefaultRequestHeaders.Add("x-request-id", id);
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            var asking = client.SendAsync(JsonSerializer.Serialize(Chats.Body("Tell me")), leaving.Token);
            await Home.Grok.UntilAsync(grok => grok.InFlight == 1, Cancelled);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }

        // Whether words had come before it left is chance, but not that it left.
        var row = await RowAsync(id);
        Assert.Equal((499, "client_gone"), (row.GetProperty("status").GetInt32(), row.GetProperty("outcome").GetString()));
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is back");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_choices_are_one_row(bool stream)
    {
        await Home.ImportTokensAsync(3);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.SendAsync(
            $$"""{"model":"{{Model}}","n":3,"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Hi"}]}""", Cancelled);
        await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(new Row(200, "completed", Attempts: 3, "basic", HasToken: true, HasFirstByte: true, HasTokens: true), Row.Of(await RowAsync(IdOf(answer))));
    }

    private async Task<Row> RowOfAsync(bool stream, int status)
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = stream ? await client.StreamAsync("Tell me", Cancelled) : await client.ChatAsync("Tell me");
        var text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(status == (int)answer.StatusCode, $"{(int)answer.StatusCode}: {text}");
        var row = await RowAsync(IdOf(answer));
        Assert.Equal(Model, row.GetProperty("model").GetString());
        return Row.Of(row);
    }

    /// <summary>The one row of a request.</summary>
    private async Task<JsonElement> RowAsync(string id)
    {
        await Until.TrueAsync(async () => (await UsageRowsAsync(id)).Count > 0, "the row is written");
        var row = Assert.Single(await UsageRowsAsync(id));
        Assert.InRange(row.GetProperty("tokens_reasoning").GetInt32(), 0, row.GetProperty("tokens_output").GetInt32());
        Assert.InRange(row.GetProperty("cache_tokens").GetInt32(), 0, row.GetProperty("tokens_input").GetInt32());
        Assert.Equal("/v1/chat/completions", row.GetProperty("endpoint").GetString());
        if (row.GetProperty("ttft_ms").ValueKind == JsonValueKind.Number)
            Assert.InRange(row.GetProperty("ttft_ms").GetInt32(), 0, row.GetProperty("duration_ms").GetInt32());
        return row;
    }

    /// <summary>What of a usage row depends on how its request ended.</summary>
    private sealed record Row(int Status, string Outcome, int Attempts, string Pool, bool HasToken, bool HasFirstByte, bool HasTokens)
    {
        public static Row Of(JsonElement row) => new(
            row.GetProperty("status").GetInt32(), row.GetProperty("outcome").GetString()!, row.GetProperty("attempts").GetInt32(), row.GetProperty("pool").GetString()!,
            row.GetProperty("token_id").GetInt64() > 0, row.GetProperty("ttft_ms").ValueKind == JsonValueKind.Number, row.GetProperty("tokens_output").GetInt32() > 0);
    }
}

/// <summary>The endings in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class EndingsInAllInOne(AllInOneHome home) : EndingScenarios(home);

/// <summary>The endings over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class EndingsOverServices(DistributedHome home) : EndingScenarios(home);
