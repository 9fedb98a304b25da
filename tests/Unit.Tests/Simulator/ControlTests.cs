using System.Net.Http.Json;
using System.Text.Json;
using GrokForge.Simulator;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>Scripting and reading over HTTP, as end-to-end tests do.</summary>
public sealed class ControlTests : SimulatorTest
{
    [Fact]
    public async Task A_script_can_be_set_over_http()
    {
        Assert.Equal(204, await PostAsync("script", """{"token":"sso-1","answer":"[[status 429]]","times":2}"""));
        Assert.Equal(204, await PostAsync("script", """{"answer":"Said by script"}"""));
        Assert.Equal(429, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal(429, await StatusOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal("Said by script", await SaidAsync(GrokCall.Chat("Hi")));
        Assert.Equal(204, await PostAsync("script", """{"clear":true}"""));
        Assert.Equal("Hello from the simulator. You said: Hi", await SaidAsync(GrokCall.Chat("Hi")));
    }

    [Fact]
    public async Task A_scripted_answer_without_words_echoes_the_prompt()
    {
        await PostAsync("script", """{"answer":"[[glued]]"}""");
        Assert.Contains("You said: Hi", (await BodyOfAsync(GrokCall.Chat("Hi"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_can_be_scripted_as_they_are()
    {
        await PostAsync("script", """{"objects":[{"result":{"response":{"token":"Hel"}}},{"result":{"response":{"modelResponse":{"message":"Hello"}}}}]}""");
        Assert.Equal("{\"result\":{\"response\":{\"token\":\"Hel\"}}}\n{\"result\":{\"response\":{\"modelResponse\":{\"message\":\"Hello\"}}}}\n", await BodyOfAsync(GrokCall.Chat("Hi")));
        Assert.Equal(1, Grok.Served);
    }

    [Fact]
    public async Task Another_surface_can_be_scripted()
    {
        await PostAsync("script", """{"surface":"quota","answer":"[[status 500]]"}""");
        Assert.Equal(500, await StatusOfAsync(GrokCall.Quota("fast")));
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
    }

    [Theory]
    [InlineData("script", "{}")]
    [InlineData("script", """{"answer":"x","objects":[]}""")]
    [InlineData("script", """{"surface":"unknown","answer":"x"}""")]
    [InlineData("script", """{"answr":"x"}""")]
    [InlineData("script", "nonsense")]
    [InlineData("quota", "{}")]
    [InlineData("quota", """{"token":"t"}""")]
    public async Task A_command_that_makes_no_sense_is_refused(string path, string json) => Assert.Equal(400, await PostAsync(path, json));

    [Fact]
    public async Task Windows_can_be_set_over_http()
    {
        Assert.Equal(204, await PostAsync("quota", """{"token":"sso-1","mode":"fast","total":5,"remaining":1,"windowSeconds":60}"""));
        Assert.Equal("""{"windowSizeSeconds":60,"remainingQueries":1,"totalQueries":5}""", await BodyOfAsync(GrokCall.Quota("fast")));
        Assert.Equal(204, await PostAsync("quota", """{"token":"sso-1","tier":"heavy"}"""));
        Assert.Equal(20, Grok.Quota.Read("sso-1", "heavy")?.Total);
        Assert.Equal(204, await PostAsync("quota", """{"enforced":false}"""));
        Assert.False(Grok.Quota.Enforced);
    }

    [Fact]
    public async Task What_was_received_can_be_read_over_http()
    {
        await BodyOfAsync(GrokCall.Chat("Grüße", "sso-1"));
        await BodyOfAsync(GrokCall.Quota("fast", "sso-2"));
        var chats = await GetAsync("requests?surface=chat");
        Assert.Equal("sso-1", Assert.Single(chats.EnumerateArray()).GetProperty("token").GetString());
        Assert.Contains("message", chats[0].GetProperty("body").GetString(), StringComparison.Ordinal);
        Assert.Equal("quota", Assert.Single((await GetAsync("requests?token=sso-2")).EnumerateArray()).GetProperty("surface").GetString());
    }

    [Fact]
    public async Task Counts_and_violations_can_be_read_over_http()
    {
        var call = GrokCall.Chat("Hi");
        call.Body["temporary"] = "yes";
        await BodyOfAsync(call);
        var stats = await GetAsync("stats");
        Assert.Equal((1, 1, 1, 0), (stats.GetProperty("servedTotal").GetInt32(), stats.GetProperty("violations").GetInt32(), stats.GetProperty("highWater").GetInt32(), stats.GetProperty("inFlight").GetInt32()));
        Assert.Equal(1, stats.GetProperty("tokens").GetProperty("sso-1").GetProperty("served").GetProperty("fast").GetInt32());
        Assert.Equal("temporary", Assert.Single((await GetAsync("violations")).EnumerateArray()).GetProperty("item").GetString());
    }

    [Fact]
    public async Task A_gate_can_be_opened_over_http()
    {
        var said = SaidAsync(GrokCall.Chat("[[hold door]] Hi"));
        await Grok.UntilAsync(grok => grok.Gate("door").Waiting == 1, Token);
        Assert.Equal(1, Assert.Single((await GetAsync("gates")).EnumerateArray()).GetProperty("waiting").GetInt32());
        Assert.Equal(204, await PostAsync("gates/door/open", ""));
        Assert.Equal("Hello from the simulator. You said: Hi", await said);
    }

    [Fact]
    public async Task Reset_forgets_everything()
    {
        await PostAsync("script", """{"answer":"[[status 500]]"}""");
        await BodyOfAsync(GrokCall.Chat("Hi"));
        Assert.Equal(204, await PostAsync("reset", ""));
        Assert.Equal(0, (await GetAsync("stats")).GetProperty("requests").GetInt32());
        Assert.Equal(200, await StatusOfAsync(GrokCall.Chat("Hi")));
    }

    [Fact]
    public async Task Reading_the_records_is_not_recorded()
    {
        await GetAsync("stats");
        Assert.Empty(Grok.Requests);
        Assert.Empty(Grok.Violations);
    }

    [Fact]
    public async Task An_embedded_simulator_stops_at_once_while_streams_are_open()
    {
        var host = await SimulatorHost.StartAsync(0, Token);
        using var client = new HttpClient { BaseAddress = host.BaseAddress };
        var call = client.SendAsync(GrokCall.Chat("[[silent]]").ToMessage(), Token);
        await host.Grok.UntilAsync(grok => grok.InFlight == 1, Token);
        await host.DisposeAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => call);
    }

    private async Task<int> PostAsync(string path, string json)
    {
        using var content = new StringContent(json);
        using var response = await Client.PostAsync(new Uri("/_simulator/" + path, UriKind.Relative), content, Token);
        return (int)response.StatusCode;
    }

    private async Task<JsonElement> GetAsync(string path) => await Client.GetFromJsonAsync<JsonElement>(new Uri("/_simulator/" + path, UriKind.Relative), Token);
}
