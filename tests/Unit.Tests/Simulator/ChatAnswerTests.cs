using System.Text.Json;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>What the chat surface says: the ordinary answer, the parts of a stream, refusals and errors.</summary>
public sealed class ChatAnswerTests : SimulatorTest
{
    [Fact]
    public async Task The_ordinary_answer_says_what_the_user_said() =>
        Assert.Equal("Hello from the simulator. You said: What is 2+2?", await SaidAsync(GrokCall.Chat("system: Be brief.\n\nuser: Hi\n\nassistant: Hello!\n\nWhat is 2+2?")));

    [Fact]
    public async Task The_ordinary_answer_has_the_usual_objects_in_order()
    {
        var objects = await ObjectsAsync("Hi");
        var kinds = objects.Select(KindOf).ToList();
        Assert.Equal(["conversation", "userResponse"], kinds[..2]);
        Assert.Equal(["softStop", "finalMetadata", "modelResponse", "title"], kinds[^4..]);
        Assert.All(kinds[2..^4], kind => Assert.Equal("token", kind));
        Assert.True(kinds.Count > 8);
    }

    [Fact]
    public async Task The_final_message_repeats_what_was_said()
    {
        var final = (await ObjectsAsync("Grüße 😀")).Single(json => KindOf(json) == "modelResponse");
        Assert.Equal("Hello from the simulator. You said: Grüße 😀", Response(final).GetProperty("modelResponse").GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_answer_is_the_same_on_every_run()
    {
        var first = await BodyOfAsync(GrokCall.Chat("Hi"));
        Grok.Reset();
        Assert.Equal(first, await BodyOfAsync(GrokCall.Chat("Hi")));
    }

    [Fact]
    public async Task Reasoning_is_marked_and_is_no_part_of_the_final_message()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().Think("Let me see. ").Say("Four.").End());
        var objects = await ObjectsAsync("Hi");
        var thinking = objects.Where(json => KindOf(json) == "token" && Response(json).GetProperty("isThinking").GetBoolean());
        Assert.Equal("Let me see. ", string.Concat(thinking.Select(json => Response(json).GetProperty("token").GetString())));
        Assert.Equal("Four.", Response(objects.Single(json => KindOf(json) == "modelResponse")).GetProperty("modelResponse").GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_card_is_json_inside_a_json_string()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().Card("""{"id":"Cd2","url":"https://example.com/a"}""").Render("Cd2", "citation_card", "render_inline_citation").End());
        var objects = await ObjectsAsync("Hi");
        var card = objects.Single(json => KindOf(json) == "cardAttachment");
        using var inner = JsonDocument.Parse(Response(card).GetProperty("cardAttachment").GetProperty("jsonData").GetString()!);
        Assert.Equal("Cd2", inner.RootElement.GetProperty("id").GetString());
        Assert.Contains(objects, json => KindOf(json) == "token" && Response(json).GetProperty("token").GetString()!.StartsWith("<grok:render card_id=\"Cd2\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tool_card_is_a_tag_with_its_own_message_tag()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().ToolCard("web_search", """{"query":"grok"}""", "Grok").End());
        var card = Response((await ObjectsAsync("Hi")).Single(json => Response(json).ValueKind is JsonValueKind.Object && Response(json).TryGetProperty("toolName", out _)));
        Assert.Equal("tool_usage_card", card.GetProperty("messageTag").GetString());
        Assert.Equal("Grok", card.GetProperty("rolloutId").GetString());
        Assert.Contains("""<xai:tool_args><![CDATA[{"query":"grok"}]]></xai:tool_args>""", card.GetProperty("token").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_results_name_their_sources()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().WebSearch(("https://example.com/a", "A")).XSearch(("7", "bob", "A post")).Image("i", "users/u/generated/i/image.jpg", 100, moderated: false).End());
        var objects = await ObjectsAsync("Hi");
        Assert.Equal("https://example.com/a", First(objects, "webSearchResults").GetProperty("results")[0].GetProperty("url").GetString());
        Assert.Equal("bob", First(objects, "xSearchResults").GetProperty("results")[0].GetProperty("username").GetString());
        Assert.Equal(100, First(objects, "streamingImageGenerationResponse").GetProperty("progress").GetInt32());
    }

    [Fact]
    public async Task An_error_can_stand_inside_a_200()
    {
        Grok.ForAnyToken.Next(Answer.AntiBot()).Next(Answer.UsageLimit()).Next(Answer.Begin().ResponseError(13, "Internal")).Next(Answer.Begin().FinalWithErrors("overloaded"));
        Assert.Equal(7, (await ObjectsAsync("Hi"))[0].GetProperty("error").GetProperty("code").GetInt32());
        Assert.Contains("usage limit", (await ObjectsAsync("Hi"))[0].GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("Internal", First(await ObjectsAsync("Hi"), "error").GetProperty("message").GetString());
        Assert.Equal("overloaded", First(await ObjectsAsync("Hi"), "modelResponse").GetProperty("streamErrors")[0].GetString());
    }

    public static TheoryData<string, int, string, string> Refusals => new()
    {
        { "unauthorized", 401, "application/json", "Invalid credentials" },
        { "challenge", 403, "text/html", "Just a moment" },
        { "empty-403", 403, "text/plain", "" },
        { "policy", 403, "application/json", "usage guidelines" },
        { "blocked", 403, "application/json", "blocked-user" },
        { "limited", 429, "application/json", "Too many requests" },
        { "broken", 503, "application/json", "Simulated status 503" },
        { "empty", 200, "", "" },
    };

    [Theory, MemberData(nameof(Refusals))]
    public async Task A_refusal_has_its_status_type_and_words(string name, int status, string type, string words)
    {
        Grok.ForAnyToken.Respond(name switch
        {
            "unauthorized" => Answer.Unauthorized(),
            "challenge" => Answer.Challenge(),
            "empty-403" => Answer.EmptyForbidden(),
            "policy" => Answer.Forbidden("Content violates usage guidelines."),
            "blocked" => Answer.BlockedUser(),
            "limited" => Answer.RateLimited(TimeSpan.FromSeconds(30)),
            "broken" => Answer.Status(503),
            _ => Answer.Empty(),
        });
        using var response = await SendAsync(GrokCall.Chat("Hi"));
        var body = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, body.Length == 0 ? type : response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(words.Length == 0, body.Length == 0);
        Assert.Contains(words, body, StringComparison.Ordinal);
        Assert.Equal(name == "limited" ? TimeSpan.FromSeconds(30) : null, response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_request_without_a_token_is_refused()
    {
        var call = GrokCall.Chat("Hi");
        call.Headers.Remove("Cookie");
        Assert.Equal(401, await StatusOfAsync(call));
    }

    [Fact]
    public async Task A_body_that_is_not_json_is_refused()
    {
        var call = GrokCall.Chat("Hi");
        call.RawBody = "{";
        Assert.Equal(400, await StatusOfAsync(call));
    }

    private async Task<List<JsonElement>> ObjectsAsync(string message) =>
        [.. (await BodyOfAsync(GrokCall.Chat(message))).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    private static JsonElement First(List<JsonElement> objects, string field) =>
        objects.Select(Response).First(response => response.ValueKind is JsonValueKind.Object && response.TryGetProperty(field, out _)).GetProperty(field);

    private static JsonElement Response(JsonElement json) =>
        json.TryGetProperty("result", out var result) && result.TryGetProperty("response", out var response) ? response : default;

    private static string KindOf(JsonElement json)
    {
        var response = Response(json);
        if (response.ValueKind is not JsonValueKind.Object)
        {
            return json.GetProperty("result").EnumerateObject().First().Name;
        }

        return response.TryGetProperty("isSoftStop", out var stop) && stop.GetBoolean() ? "softStop" : response.EnumerateObject().First().Name;
    }
}
