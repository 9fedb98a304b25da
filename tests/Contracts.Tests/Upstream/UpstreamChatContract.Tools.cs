using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Tools: told in the prompt, read out of the text, and enforced.</content>
public abstract partial class UpstreamChatContract
{
    private const string WeatherCall = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\", \"days\": \"2\"}}\n</tool_call>";

    private const string Tools =
        """
        [{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}},
        {"type":"function","function":{"name":"search"}}]
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(1000)]
    public async Task A_streamed_tool_call_comes_as_deltas_and_leaves_no_trace_in_the_text(int bytes)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Begin().Think("Hm.").Say("Let me see. " + WeatherCall).End().CutEvery(bytes));
        var events = await ChatAsync(ToolChat());
        Assert.Equal("Let me see.", Text(events));
        Assert.Equal(["get_weather {\"city\": \"Paris\", \"days\": \"2\"}"], Calls(events));
        Assert.Equal("tool_calls", events[^1].Finished.FinishReason);
        Assert.True(events.Count(e => e.EventCase == ChatEvent.EventOneofCase.Tool) > 2);
        Assert.Contains("\"name\":\"get_weather\"", Grok.Chats[0].Message, StringComparison.Ordinal);
        Assert.StartsWith("system: ", Grok.Chats[0].Message, StringComparison.Ordinal);
        Assert.EndsWith("\n\nHi", Grok.Chats[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_tool_call_is_mended_by_its_schema()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(WeatherCall));
        var call = ToolChat();
        call.Whole = true;
        var events = await ChatAsync(call);
        Assert.Equal("", Text(events));
        Assert.Equal(["get_weather {\"city\":\"Paris\",\"days\":2}"], Calls(events));
    }

    [Theory]
    [InlineData("\"required\"")]
    [InlineData("""{"type":"function","function":{"name":"get_weather"}}""")]
    public async Task A_model_that_does_not_call_what_it_must_is_corrected_once(string choice)
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Begin().Think("Hm.").Say("It is sunny.").End()).Respond(Answer.Text(WeatherCall));
        var events = await ChatAsync(ToolChat(choice));
        Assert.Equal("", Text(events));
        Assert.Single(Calls(events));
        Assert.Equal(2, events[0].Served.Attempts);
        Assert.Equal("tool_calls", events[^1].Finished.FinishReason);
        Assert.DoesNotContain(events, e => e.EventCase == ChatEvent.EventOneofCase.Reasoning);
        Assert.Equal(2, Grok.Chats.Count);
        Assert.Contains("assistant: It is sunny.", Grok.Chats[1].Message, StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Fact]
    public async Task A_model_that_never_obeys_is_quoted_truthfully()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text("It is sunny.")).Respond(Answer.Text("Still sunny."));
        var events = await ChatAsync(ToolChat("\"required\""));
        Assert.Equal("It is sunny.", Text(events));
        Assert.Empty(Calls(events));
        Assert.Equal("stop", events[^1].Finished.FinishReason);
        Assert.Equal(2, events[0].Served.Attempts);
        Assert.Contains("corrected once", Remark(events), StringComparison.Ordinal);
        Assert.Equal(2, Grok.Chats.Count);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.Succeeded], await SettledAsync(2));
    }

    [Fact]
    public async Task A_correction_that_is_refused_leaves_the_first_answer_and_what_it_cost()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text("It is sunny.")).Respond(Answer.RateLimited());
        var events = await ChatAsync(ToolChat("\"required\""));
        Assert.Equal("It is sunny.", Text(events));
        Assert.Equal("stop", events[^1].Finished.FinishReason);
        Assert.Equal((1, 2), (events[0].Served.TokenId, events[0].Served.Attempts));
        Assert.Contains("could not be corrected", Remark(events), StringComparison.Ordinal);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.QuotaExhausted], await SettledAsync(2));
    }

    [Fact]
    public async Task A_correction_that_is_refused_is_tried_with_another_token()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Next(Answer.Text("It is sunny.")).Next(Answer.RateLimited()).Respond(Answer.Text(WeatherCall));
        var events = await ChatAsync(ToolChat("\"required\""));
        Assert.Single(Calls(events));
        Assert.Equal("", Text(events));
        Assert.Equal(3, events[0].Served.Attempts);
        Assert.Equal([LeaseOutcome.Succeeded, LeaseOutcome.QuotaExhausted, LeaseOutcome.Succeeded], await SettledAsync(3));
    }

    [Fact]
    public async Task A_correction_needs_no_token_beyond_those_that_a_request_may_try()
    {
        Retry = new() { MaxTokens = 1, BackoffBaseSeconds = 0 };
        WaitForSlotSeconds = 0;
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text("It is sunny.")).Respond(Answer.Text(WeatherCall));
        Assert.Single(Calls(await ChatAsync(ToolChat("\"required\""))));
    }

    [Fact]
    public async Task A_request_is_corrected_once_whatever_it_demands()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("No."));
        var call = ToolChat("\"required\"");
        call.ResponseFormat = ByteString.CopyFromUtf8(CitySchema);
        var failed = (await ChatAsync(call))[^1].Failed;
        Assert.Equal((502, "structured_output_failed", 2), (failed.HttpStatus, failed.Code, failed.Attempts));
        Assert.Equal(2, Grok.Chats.Count);
    }

    [Fact]
    public async Task Json_instead_of_a_demanded_call_stands_where_no_correction_helps()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("```json\n{\"city\":\"Paris\",\"days\":2}\n```"));
        var call = ToolChat("\"required\"");
        call.ResponseFormat = ByteString.CopyFromUtf8(CitySchema);
        Assert.Equal("{\"city\":\"Paris\",\"days\":2}", Text(await ChatAsync(call)));
        Assert.Equal(2, Grok.Chats.Count);
    }

    [Fact]
    public async Task A_call_of_another_tool_than_the_named_one_is_text_and_corrected()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text("<tool_call>{\"name\": \"search\", \"arguments\": {}}</tool_call>")).Respond(Answer.Text(WeatherCall));
        var events = await ChatAsync(ToolChat("""{"type":"function","function":{"name":"get_weather"}}"""));
        Assert.StartsWith("get_weather", Assert.Single(Calls(events)), StringComparison.Ordinal);
        Assert.Equal("", Text(events));
    }

    [Fact]
    public async Task A_demanded_call_holds_the_text_back_and_then_passes_it_on()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("Let me see.\n" + WeatherCall));
        var events = await ChatAsync(ToolChat("\"required\""));
        Assert.Equal("Let me see.", Text(events));
        Assert.Single(Calls(events));
        Assert.Single(Grok.Chats);
    }

    [Fact]
    public async Task A_demanding_answer_that_breaks_before_its_call_is_tried_again()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Begin().Token("Let me").Drop()).Respond(Answer.Text(WeatherCall));
        var events = await ChatAsync(ToolChat("\"required\""));
        Assert.Equal("", Text(events));
        Assert.Single(Calls(events));
    }

    [Fact]
    public async Task Only_the_first_of_several_calls_counts_where_one_is_allowed()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(WeatherCall + "\n<tool_call>{\"name\": \"search\", \"arguments\": {}}</tool_call>"));
        var call = ToolChat();
        call.ParallelToolCalls = false;
        var events = await ChatAsync(call);
        Assert.Single(Calls(events));
        Assert.Equal("", Text(events));
    }

    [Fact]
    public async Task With_the_choice_none_no_tool_is_told_and_none_is_called()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text(WeatherCall));
        var events = await ChatAsync(ToolChat("\"none\""));
        Assert.Equal("Hi", Grok.Chats[0].Message);
        Assert.Equal(WeatherCall.Replace("<tool_call>", "", StringComparison.Ordinal).Replace("</tool_call>", "", StringComparison.Ordinal).Trim(), Text(events));
        Assert.Equal("stop", events[^1].Finished.FinishReason);
    }

    [Fact]
    public async Task A_call_broken_off_in_its_arguments_ends_in_band()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Answer.Begin().Token("<tool_call>{\"name\":\"get_weather\",\"arguments\":{\"city\":\"Par").Drop());
        var events = await ChatAsync(ToolChat());
        Assert.Equal(Failed.Types.Kind.BrokenOff, Failure(events).Kind);
        Assert.Single(Grok.Chats);
    }

    private static string Remark(IEnumerable<ChatEvent> events) => Assert.Single(events, e => e.EventCase == ChatEvent.EventOneofCase.Remark).Remark.Text;

    private static ChatCall ToolChat(string choice = "")
    {
        var call = Call("Hi");
        call.Tools = ByteString.CopyFromUtf8(Tools);
        call.ToolChoice = ByteString.CopyFromUtf8(choice);
        return call;
    }

    private static List<string> Calls(IEnumerable<ChatEvent> events)
    {
        List<string> calls = [];
        foreach (var tool in events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Tool).Select(e => e.Tool))
        {
            if (tool.Id.Length > 0)
                calls.Add(tool.Name + " ");
            calls[tool.Index] += tool.Arguments.ToStringUtf8();
        }
        return calls;
    }
}
