using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>What the gateway adds to the upstream's answers, as clients see it in every home: several choices, stop sequences, a limit of tokens, reasoning.</summary>
public abstract class ChoiceScenarios(Home home) : HomeScenarios(home)
{
    [Fact]
    public async Task Each_choice_has_a_lease_of_its_own()
    {
        await Home.ImportTokensAsync(3);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Token("Hello").Hold("choices").End());
        var answering = WholeAsync((await Home.CreateKeyAsync()).Key, """ "n":3 """);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 3, "three leases are out at once");
        Home.Grok.Gate("choices").Open();
        var answer = await answering;
        Assert.Equal(["Hello", "Hello", "Hello"], answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal(3, Home.Grok.Chats.Count);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "all leases are back");
    }

    [Fact]
    public async Task Choices_stream_side_by_side()
    {
        await Home.ImportTokensAsync(4);
        Home.Grok.ForAnyToken.Respond(Answer.Text("One two three four five"));
        var stream = await StreamAsync((await Home.CreateKeyAsync()).Key, """ "n":4,"max_tokens":3 """);
        Assert.Equal(4, stream.Choices.Count);
        Assert.All(stream.Choices, c => Assert.Equal(("One two three", "length"), (c.Content, c.FinishReason)));
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "all leases are back");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_sequence_split_over_tokens_ends_the_answer_and_its_lease(bool stream)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Token("Hello Hu").Token("man").Token(": and more").End());
        var key = (await Home.CreateKeyAsync()).Key;
        var (content, reason) = stream
            ? (await StreamAsync(key, """ "stop":["Human:"] """)) is var told ? (told.Content, told.FinishReason) : default
            : Told(await WholeAsync(key, """ "stop":"Human:" """));
        Assert.Equal(("Hello ", "stop"), (content, reason));
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is back");
    }

    [Theory]
    [InlineData("", "<think>\nLet me see.\n</think>\nForty-two", "")]
    [InlineData(""" "reasoning_format":"reasoning_content" """, "Forty-two", "Let me see.")]
    [InlineData(""" "reasoning_effort":"none" """, "Forty-two", "")]
    public async Task Reasoning_is_shown_as_the_request_says(string fields, string content, string reasoning)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Think("Let me see.").Say("Forty-two").End());
        var key = (await Home.CreateKeyAsync()).Key;
        var choice = (await StreamAsync(key, fields)).Choices[0];
        Assert.Equal((content, reasoning), (choice.Content, choice.Reasoning));
        var message = (await WholeAsync(key, fields)).GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(content, message.GetProperty("content").GetString());
        Assert.Equal(reasoning, message.TryGetProperty("reasoning_content", out var thought) ? thought.GetString() : "");
    }

    [Fact]
    public async Task A_key_and_the_operator_have_their_say_in_how_reasoning_is_shown()
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Begin().Think("Hm.").Say("Yes").End());
        var (id, key) = await Home.CreateKeyAsync();
        await Home.AdminAsync(HttpMethod.Patch, $"admin/apikeys/{id}", new { reasoning_format = "reasoning_content" });
        await Until.TrueAsync(async () => Message(await WholeAsync(key, "")) is ("Yes", "Hm."), "the key's format acts");
        await Home.PutConfigAsync(new { app = new { thinking = false } });
        try
        {
            await Until.TrueAsync(async () => Message(await WholeAsync(key, "")) is ("Yes", null), "the setting acts");
        }
        finally
        {
            await Home.PutConfigAsync(new { app = new { thinking = true } });
        }
    }

    private async Task<JsonElement> WholeAsync(string key, string fields)
    {
        using var client = Home.Client(key);
        using var response = await client.SendAsync(Body(false, fields), Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private async Task<SseTranscript> StreamAsync(string key, string fields)
    {
        using var client = Home.Client(key);
        using var response = await client.SendAsync(Body(true, fields), Cancelled);
        return await SseTranscript.ReadAsync(response, usageAsked: false, Cancelled);
    }

    private static string Body(bool stream, string fields) =>
        $$"""{"model":"grok-4.20-fast","stream":{{(stream ? "true" : "false")}},{{(string.IsNullOrWhiteSpace(fields) ? "" : fields + ",")}}"messages":[{"role":"user","content":"Hi"}]}""";

    private static (string? Content, string? Reason) Told(JsonElement answer) =>
        (Message(answer).Content, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());

    private static (string? Content, string? Reasoning) Message(JsonElement answer)
    {
        var message = answer.GetProperty("choices")[0].GetProperty("message");
        return (message.GetProperty("content").GetString(), message.TryGetProperty("reasoning_content", out var thought) ? thought.GetString() : null);
    }
}

/// <summary>The scenarios of choices in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class ChoicesInAllInOne(AllInOneHome home) : ChoiceScenarios(home);

/// <summary>The scenarios of choices over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class ChoicesOverServices(DistributedHome home) : ChoiceScenarios(home);
