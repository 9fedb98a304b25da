using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Structured output: told in the prompt, checked, corrected once.</content>
public abstract partial class UpstreamChatContract
{
    private const string CitySchema =
        """{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city","days"],"additionalProperties":false}}}""";

    // Every branch leads back to its beginning, so that no checking of it would end.
    private const string EndlessSchema = """{"type":"json_schema","json_schema":{"name":"endless","schema":{"type":"object","anyOf":[{"$ref":"#"}]}}}""";

    [Theory]
    [InlineData("{\"city\":\"Paris\",\"days\":2}")]
    [InlineData("```json\n{\"city\":\"Paris\",\"days\":2}\n```")]
    [InlineData("Here you are: {\"city\":\"Paris\",\"days\":2} Anything else?")]
    [InlineData("{\"example\":1} is not it, but this is: {\"city\":\"Paris\",\"days\":2}")]
    public async Task An_answer_that_must_be_json_is_the_json_alone(string said)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(said));
        var events = await ChatAsync(FormatChat(CitySchema));
        Assert.Equal("{\"city\":\"Paris\",\"days\":2}", Text(events));
        Assert.Equal("stop", events[^1].Finished.FinishReason);
        Assert.Contains("\"additionalProperties\":false", Grok.Chats[0].Message, StringComparison.Ordinal);
        Assert.Single(Grok.Chats);
    }

    [Theory]
    [InlineData("I would rather not.")]
    [InlineData("{\"city\":\"Paris\"}")]
    [InlineData("{\"city\":\"Paris\",\"days\":\"two\"}")]
    public async Task Json_that_does_not_fit_is_corrected_once(string said)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text(said)).Respond(Answer.Text("{\"city\":\"Paris\",\"days\":2}"));
        var events = await ChatAsync(FormatChat(CitySchema));
        Assert.Equal("{\"city\":\"Paris\",\"days\":2}", Text(events));
        Assert.Equal(2, events[0].Served.Attempts);
        Assert.Contains("assistant: " + said, Grok.Chats[1].Message, StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Fact]
    public async Task A_model_that_never_gives_the_json_is_said_to_have_failed()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("No."));
        var failed = (await ChatAsync(FormatChat(CitySchema)))[^1].Failed;
        Assert.Equal((502, "structured_output_failed", 2), (failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Equal(2, Grok.Chats.Count);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Fact]
    public async Task A_correction_that_is_refused_is_tried_with_other_tokens_and_then_said_to_have_failed()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Next(Answer.Text("No.")).Respond(Answer.RateLimited());
        var failed = (await ChatAsync(FormatChat(CitySchema)))[^1].Failed;
        Assert.Equal((502, "structured_output_failed", 3), (failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Contains("usage limit", failed.Message, StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.QuotaExhausted, LeaseOutcome.QuotaExhausted], await SettledAsync(3));
    }

    [Theory]
    [InlineData("Sure: {'a': [1, 2,],}")]
    [InlineData("An empty {} would be wrong, so: {\"a\":[1,2]}")]
    public async Task Any_object_will_do_where_no_schema_is_given(string said)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(said));
        Assert.Equal("""{"a":[1,2]}""", Text(await ChatAsync(FormatChat("""{"type":"json_object"}"""))).Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{\"a\":1} is what [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] asks for: {\"city\":\"Paris\",\"days\":2}", "{\"city\":\"Paris\",\"days\":2}")]
    [InlineData("{\"city\":\"Paris\",\"days\":[{\"a\":1}]}", "{\"city\":\"Paris\",\"days\":[{\"a\":1}]}")]
    [InlineData("Sure: {'city': 'Paris'}", "{\"city\":\"Paris\"}")]
    public async Task Of_a_schema_that_cannot_be_checked_the_largest_value_of_its_type_is_taken_with_a_note(string said, string json)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(said));
        var events = await ChatAsync(FormatChat(EndlessSchema));
        Assert.Equal(json, Text(events));
        Assert.Contains("cannot be checked", Remark(events), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_schema_that_cannot_be_checked_the_type_still_counts()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text("[1, 2]")).Respond(Answer.Text("{\"a\":1}"));
        Assert.Equal("{\"a\":1}", Text(await ChatAsync(FormatChat(EndlessSchema))));
        Assert.Contains("one JSON object", Grok.Chats[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistaken_schema_is_refused_before_anything_is_sent()
    {
        Pool.Add(1, "tok-a");
        var failed = (await ChatAsync(FormatChat("""{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"days":{"type":"int"}}}}}""")))[^1].Failed;
        Assert.Equal((400, "invalid_schema", "response_format.json_schema.schema.properties.days.type"), (failed.HttpStatus, failed.Code, failed.Param));
        Assert.Empty(Grok.Chats);
    }

    [Fact]
    public async Task A_tool_call_is_no_answer_to_be_checked()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(WeatherCall));
        var call = ToolChat();
        call.ResponseFormat = ByteString.CopyFromUtf8(CitySchema);
        var events = await ChatAsync(call);
        Assert.Single(Calls(events));
        Assert.Equal("tool_calls", events[^1].Finished.FinishReason);
        Assert.Single(Grok.Chats);
    }

    private static ChatCall FormatChat(string format)
    {
        var call = Call("Where to, and for how long?");
        call.ResponseFormat = ByteString.CopyFromUtf8(format);
        return call;
    }
}
