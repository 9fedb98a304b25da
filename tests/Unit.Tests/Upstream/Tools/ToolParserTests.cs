using System.Text;
using System.Text.Json;
using CsCheck;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>What the parser promises beyond the corpus: early deltas, linear work, and an answer to any bytes.</summary>
public sealed class ToolParserTests
{
    [Fact]
    public void Arguments_arrive_while_the_model_still_writes_them()
    {
        var output = new CallOutput(CorpusCase.Tools(), whole: false);
        var parser = new ToolCallParser(output);
        Assert.Empty(Events("<tool_call>\n{\"name\": \"search\", \"arguments\":"));
        Assert.Equal(["begin:search", "{"], Events(" {"));
        Assert.Equal(["\"query\": \"lla"], Events("\"query\": \"lla"));
        Assert.Equal(["mas"], Events("mas\""));
        Assert.Equal(["\""], Events(", \"limit\": 3"));
        Assert.Equal([", \"limit\": 3}"], Events("}"));
        Assert.Empty(Events("}\n</tool_call>"));

        List<string> Events(string piece)
        {
            parser.Feed(Encoding.UTF8.GetBytes(piece));
            List<string> events = [];
            while (output.TryTake(out var e))
                events.Add(e.EventCase == ChatEvent.EventOneofCase.Text ? "text:" + e.Text.ToStringUtf8() : e.Tool.Id.Length > 0 ? "begin:" + e.Tool.Name : e.Tool.Arguments.ToStringUtf8());
            return events;
        }
    }

    [Theory]
    [InlineData("<tool_call>{\"arguments\": {\"city\": \"Paris\", \"days\": \"2\"}, \"name\": \"get_weather\"}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"get_weather\", \"city\": \"Paris\", \"days\": \"2\"}</tool_call>")]
    [InlineData("<tool_call>{name: 'get_weather', arguments: {'city': 'Paris', 'days': '2'}}</tool_call>")]
    public void Arguments_of_which_nothing_was_sent_are_mended_by_their_schema_in_streams_too(string said)
    {
        var bytes = Encoding.UTF8.GetBytes(said);
        for (var split = 0; split <= bytes.Length; split++)
            Assert.Equal([("get_weather", "{\"city\":\"Paris\",\"days\":2}")], Parsed.Of(CorpusCase.Tools(), [bytes[..split], bytes[split..]]).Calls);
    }

    [Fact]
    public void Arguments_that_were_sent_stay_as_they_are() =>
        Assert.Equal(
            [("get_weather", "{\"days\": \"2\"}")],
            Parsed.Of(CorpusCase.Tools(), ["<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"days\": \"2\"}}</tool_call>"u8.ToArray()]).Calls);

    [Fact]
    public void Text_before_a_possible_call_is_not_held_back()
    {
        var output = new CallOutput(CorpusCase.Tools(), whole: false);
        var parser = new ToolCallParser(output);
        Assert.True(parser.PassesThrough("Let me see."u8));
        parser.Feed(" Once <tool"u8);
        Assert.True(output.TryTake(out var e));
        Assert.Equal(" Once", e.Text.ToStringUtf8());
        Assert.False(output.TryTake(out _));
        parser.End();
        Assert.True(output.TryTake(out e));
        Assert.Equal(" <tool", e.Text.ToStringUtf8());
    }

    [Theory]
    [InlineData("function f() { return 1; }")]
    [InlineData("\\frac{1}{2} and {placeholder} and a { color: red }")]
    [InlineData("const t = { name: \"search\" };")]
    [InlineData("{city} is a placeholder.")]
    public void A_brace_that_begins_no_call_holds_nothing_back(string text)
    {
        var output = new CallOutput(CorpusCase.Tools(), whole: false);
        var parser = new ToolCallParser(output);
        parser.Feed(Encoding.UTF8.GetBytes(text + " More"));
        var said = new StringBuilder();
        while (output.TryTake(out var e))
            said.Append(e.Text.ToStringUtf8());
        Assert.Equal(text + " More", said.ToString());
        Assert.True(parser.PassesThrough(" words."u8));
    }

    [Theory]
    [InlineData("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}", "<invoke name=\"f\"><parameter name=\"a\">75001</parameter></invoke>", "{\"a\":\"75001\"}")]
    [InlineData("{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}]}", "<tool_call>{\"arguments\":{\"a\":\"2\"},\"name\":\"f\"}</tool_call>", "{\"a\":2}")]
    public void Types_of_alternatives_count(string schema, string said, string arguments)
    {
        var tools = """[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":SCHEMA}}}}]""".Replace("SCHEMA", schema, StringComparison.Ordinal);
        var call = new ChatCall { Tools = Google.Protobuf.ByteString.CopyFromUtf8(tools) };
        Assert.Equal([("f", arguments)], Parsed.Of(ToolSet.Of(call)!, [Encoding.UTF8.GetBytes(said)]).Calls);
    }

    [Theory]
    [InlineData("Look: {\"name\": 1} and `<b>` \n```json\n{\"a\": [1]}\n``` then <tools> 1 < 2 {\"tool_calls\": 3} end")]
    [InlineData("{\"name\": \"nobody\", \"arguments\": {\"a\": 1}} ``\n`` <invoker> <tool")]
    [InlineData("```\n{\"name\": 1")]
    public void What_is_held_as_a_possible_call_comes_before_what_interrupts_it(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 1; at < bytes.Length; at++)
        {
            for (var cut = 0; cut < bytes.Length; cut++)
            {
                var (before, after, calls) = Interrupted(bytes, at, cut);
                Assert.Equal((at, cut, text[..at], text[at..], 0), (at, cut, before, after, calls));
            }
        }
    }

    [Fact]
    public void A_call_stands_before_and_behind_what_interrupts_its_tags()
    {
        const string Opener = "Let me see.\n<tool_call>\n";
        const string Call = "{\"name\": \"ping\", \"arguments\": {}}";
        var bytes = Encoding.UTF8.GetBytes(Opener + Call + "\n</tool_call>\nSo.");
        for (var cut = 0; cut < bytes.Length; cut++)
        {
            Assert.Equal(("Let me see.\n", "\nSo.", 1), Interrupted(bytes, Opener.Length, cut));
            Assert.Equal(("Let me see.\n", "\nSo.", 1), Interrupted(bytes, Opener.Length - 1, cut));
            for (var at = (Opener + Call).Length; at < (Opener + Call + "\n</tool_call>").Length; at++)
                Assert.DoesNotContain("tool_call", Interrupted(bytes, at, cut).After[^3..]);
        }
    }

    private static (string Before, string After, int Calls) Interrupted(byte[] text, int at, int cut)
    {
        var output = new CallOutput(CorpusCase.Tools(), whole: false);
        var parser = new ToolCallParser(output);
        var calls = 0;
        Feed(text.AsSpan(0, at), cut);
        Assert.True(parser.Interrupt());
        var before = Said();
        Feed(text.AsSpan(at), cut - at);
        parser.End();
        return (before, Said(), calls);

        void Feed(ReadOnlySpan<byte> piece, int cut)
        {
            cut = Math.Clamp(cut, 0, piece.Length);
            parser.Feed(piece[..cut]);
            parser.Feed(piece[cut..]);
        }

        string Said()
        {
            var said = new StringBuilder();
            while (output.TryTake(out var e))
            {
                said.Append(e.Text?.ToStringUtf8());
                calls += e.Tool is { Id.Length: > 0 } ? 1 : 0;
            }
            return said.ToString();
        }
    }

    public static TheoryData<string> Growing =>
    [
        "word ",
        "<tool_call>",
        "<tool_call>{",
        "<tool_call>{\"name\":\"ping\"",
        "<tool_call>{\"name\":\"search\",\"arguments\":{\"query\":\"</tool_call>",
        "<tool_call>{\"name\":\"search\",\"arguments\":{\"query\":\"a\n\"",
        "</tool_call>",
        "{\"tool_calls\":[",
        "{\"tool_calls\":[{\"name\":\"ping\",\"arguments\":{\"a\":\"",
        "```json\n{\"name\": \"ping\", \"arguments\": {'a': ",
        "{}", "{} ", "{},", "{\"a\":{}}", "\n{}", "[{}]", "```\n{}\n```\n", "<tool_call>{}</tool_call>", "<invoke name=\"ping\">{}",
        "{\"name\":{}}", "{\"tool_calls\":[{}]}", "{\"name\":\"ping\",\"arguments\":{}}",
        "\"", "\\", "{", "[", "}", "'", ", \"", "\": ", "\",", "“,", "' , '",
        "<invoke name=\"search\"><parameter name=\"query\">",
        "<invoke name=\"search\"><parameter name=\"tags\">[",
        "<tool_call>[\",\"</tool_call>",
    ];

    [Theory]
    [MemberData(nameof(Growing))]
    public void The_work_grows_with_the_text_and_no_faster(string unit)
    {
        foreach (var prefix in new[] { "", "<tool_call>{\"name\":\"search\",\"arguments\":{\"query\":\"x\" y", "<tool_call>{\"name\":\"search\",\"arguments\":{\"query\":\"" })
        {
            var (smallSteps, smallBytes) = Work(prefix, unit, 20_000);
            var (largeSteps, largeBytes) = Work(prefix, unit, 80_000);
            Assert.True(largeSteps < (6 * smallSteps) + 200_000, $"{prefix} and {unit}: {smallSteps} steps, then {largeSteps}");
            Assert.True(largeBytes < (6 * smallBytes) + 1_000_000, $"{prefix} and {unit}: {smallBytes} bytes allocated, then {largeBytes}");
        }
    }

    [Fact]
    public void Any_text_is_answered_and_every_call_has_an_object_of_arguments()
    {
        string[] words = ["<tool_call>", "</tool_call>", "<invoke name=\"search\">", "<parameter name=\"query\">", "</parameter>", "</invoke>", "{\"name\": \"search\", \"arguments\": ", "{\"query\": \"",
            "\"}", "}", "]", "[", "{\"tool_calls\": [", ",", ":", "\"", "'", "\\", "\\u00", "\\n", "\n", " ", "```json\n", "```", "``", "`", "{ return 1; }", "{name: 'ping', arguments: {}}", "é", "😀", "ping", "true", "1.", "<", ">", "null", "\u0000", "“"];
        Gen.Int[0, words.Length - 1].Array[0, 60].Sample(picks => AssertSound(Encoding.UTF8.GetBytes(string.Concat(picks.Select(p => words[p])))), iter: 20_000, threads: 1);
    }

    [Fact]
    public void Any_bytes_are_answered() => Gen.Byte.Array[0, 300].Sample(AssertSound, iter: 5_000, threads: 1);

    [Fact]
    public void A_damaged_call_is_answered()
    {
        var gen = Gen.Select(Gen.Int[0, CorpusCase.All.Count - 1], Gen.Int[0, 200], Gen.Int[0, 8], Gen.Int[0, 7]);
        string[] puts = ["", "\"", "}", "\n", "\\", "<", "x", ","];
        gen.Sample((index, at, drop, put) =>
        {
            var text = CorpusCase.All[index].In;
            at = Math.Min(at, text.Length);
            drop = Math.Min(drop, text.Length - at);
            AssertSound(Encoding.UTF8.GetBytes(text.Remove(at, drop).Insert(at, puts[put])));
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void Repair_of_any_text_is_json()
    {
        string[] words = ["{", "}", "[", "]", "\"", "'", ":", ",", "a", "true", "None", "1", ".5", "\\", "\\\"", "\n", " ", "//", "/*", "*/", "#", "“", "”", "...", ";", "="];
        var gen = Gen.Select(Gen.Int[0, words.Length - 1].Array[0, 40], Gen.Bool, Gen.Bool, Gen.Bool);
        gen.Sample((picks, whole, inString, afterValue) =>
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(picks.Select(p => words[p])));
            var output = new Bytes();
            output.Add(inString ? "{\"a\":[\"x"u8 : afterValue ? "{\"a\":[1"u8 : "{\"a\":["u8);
            new JsonRepair(text, output, whole, quoted: false).Complete([true, false], inString, !inString && afterValue);
            JsonDocument.Parse(output.Take(), new JsonDocumentOptions { MaxDepth = 600 }).Dispose();
        }, iter: 20_000, threads: 1);
    }

    private static void AssertSound(byte[] bytes)
    {
        var parsed = Parsed.Of(CorpusCase.Tools(), [bytes]);
        foreach (var (_, arguments) in parsed.Calls)
            Assert.True(CallReading.IsObject(Encoding.UTF8.GetBytes(arguments)), $"{Encoding.UTF8.GetString(bytes)} gave {arguments}");
        var pieces = Parsed.Of(CorpusCase.Tools(), bytes.Select(b => new[] { b }));
        Assert.True(parsed.IsSame(pieces), $"{Encoding.UTF8.GetString(bytes)}: {parsed} | {pieces}");
    }

    /// <summary>The bytes that were looked at, and those that were allocated: a copy of what is held would be among them each time.</summary>
    private static (long Steps, long Bytes) Work(string prefix, string unit, int bytes)
    {
        var text = new StringBuilder(prefix);
        while (text.Length < bytes)
            text.Append(unit);
        var tools = CorpusCase.Tools();
        byte[] piece = Encoding.UTF8.GetBytes(text.ToString());
        var before = GC.GetAllocatedBytesForCurrentThread();
        var steps = Parsed.Of(tools, [piece]).Visited;
        return (steps, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
