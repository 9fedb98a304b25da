using System.Net;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using GrokForge.TestKit;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Answers that must be JSON, as clients get them in every home.</summary>
public abstract class StructuredScenarios(Home home) : HomeScenarios(home)
{
    private const string AnyObject = """{"type":"json_object"}""";
    private const string City =
        """{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"],"additionalProperties":false}}}""";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_object_comes_without_the_words_around_it(bool stream)
    {
        var content = await ContentAsync(AnyObject, stream, Answer.Tokens("An empty {} would be wrong.\n``", "`json\n{\"a\": [1,", " 2]}\n`", "``\nAnything else?"));
        Assert.Equal([1, 2], JsonDocument.Parse(content).RootElement.GetProperty("a").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Single(Home.Grok.Chats);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Json_that_does_not_fit_its_schema_is_corrected_unseen(bool stream)
    {
        Home.Grok.ForAnyToken.Next(Answer.Text("{\"city\":\"Paris\",\"days\":\"two\"}"));
        var content = await ContentAsync(City, stream, Answer.Text("{\"city\":\"Paris\",\"days\":2}"));
        var told = JsonDocument.Parse(content).RootElement;
        Assert.Equal(("Paris", 2), (told.GetProperty("city").GetString(), told.GetProperty("days").GetInt32()));
        Assert.Equal(2, Home.Grok.Chats.Count);
    }

    [Fact]
    public async Task A_correction_costs_a_unit_of_its_own()
    {
        Home.Grok.ForAnyToken.Next(Answer.Text("I would rather not."));
        await ContentAsync(City, stream: false, Answer.Text("{\"city\":\"Paris\",\"days\":2}"));
        var fast = 0;
        await Until.TrueAsync(async () =>
        {
            var token = (await Home.AdminAsync(HttpMethod.Get, "admin/tokens")).GetProperty("data")[0];
            fast = token.GetProperty("quotas").GetProperty("fast").GetInt32();
            return token.GetProperty("inflight").GetInt32() == 0;
        }, "both leases are back");
        Assert.Equal(28, fast);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_fails_twice_is_said_to_have_failed(bool stream)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Text("I would rather not."));
        using var answer = await SendAsync(City, stream);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("structured_output_failed", (await answer.ErrorAsync()).GetProperty("code").GetString());
        Assert.Equal(2, Home.Grok.Chats.Count);
        await Until.TrueAsync(async () => await Home.InflightAsync() == 0, "the lease is back");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mistaken_schema_is_refused_with_its_place_before_anything_is_sent(bool stream)
    {
        await Home.ImportTokensAsync(1);
        using var answer = await SendAsync("""{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"days":{"type":"int"}}}}}""", stream);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = await answer.ErrorAsync();
        Assert.Equal("invalid_schema", error.GetProperty("code").GetString());
        Assert.Equal("response_format.json_schema.schema.properties.days.type", error.GetProperty("param").GetString());
        Assert.Empty(Home.Grok.Chats);
    }

    private async Task<string> ContentAsync(string format, bool stream, Answer said)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(said);
        using var answer = await SendAsync(format, stream);
        return stream ? (await SseTranscript.ReadAsync(answer, usageAsked: false, Cancelled)).Content : await answer.ContentAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(string format, bool stream)
    {
        var client = Home.Client((await Home.CreateKeyAsync()).Key);
        return await client.SendAsync(
            $$"""{"model":"grok-4.20-fast","stream":{{(stream ? "true" : "false")}},"response_format":{{format}},"messages":[{"role":"user","content":"Where to?"}]}""", Cancelled);
    }
}

/// <summary>Structured output in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class StructuredInAllInOne(AllInOneHome home) : StructuredScenarios(home);

/// <summary>Structured output over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class StructuredOverServices(DistributedHome home) : StructuredScenarios(home);
