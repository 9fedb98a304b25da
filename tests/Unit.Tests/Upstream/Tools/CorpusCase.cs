using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb.Tools;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>What a parser made of an answer: its text, and its calls as name and arguments.</summary>
internal sealed record Parsed(string Text, IReadOnlyList<(string Name, string Arguments)> Calls, long Visited)
{
    /// <summary>Feeds the pieces one after another, and checks what holds of every stream of calls.</summary>
    public static Parsed Of(ToolSet tools, IEnumerable<byte[]> pieces, bool whole = false)
    {
        var output = new CallOutput(tools, whole);
        var parser = new ToolCallParser(output);
        var text = new MemoryStream();
        List<(string Id, string Name, MemoryStream Arguments)> calls = [];
        foreach (var piece in pieces)
        {
            if (parser.PassesThrough(piece))
                text.Write(piece);
            else
                parser.Feed(piece);
            Take();
        }
        parser.End();
        Take();
        Assert.Equal(calls.Count, calls.Select(c => c.Id).Distinct().Count());
        return new(Encoding.UTF8.GetString(text.ToArray()), [.. calls.Select(c => (c.Name, Encoding.UTF8.GetString(c.Arguments.ToArray())))], parser.Visited);

        void Take()
        {
            while (output.TryTake(out var chatEvent))
            {
                if (chatEvent.EventCase == ChatEvent.EventOneofCase.Text)
                {
                    text.Write(chatEvent.Text.Span);
                    continue;
                }
                if (chatEvent.EventCase == ChatEvent.EventOneofCase.Remark)
                    continue;
                var tool = chatEvent.Tool;
                if (tool.Id.Length > 0)
                    calls.Add((tool.Id, tool.Name, new MemoryStream()));
                Assert.Equal(calls.Count - 1, tool.Index);
                calls[^1].Arguments.Write(tool.Arguments.Span);
            }
        }
    }

    public bool IsSame(Parsed other) => Text == other.Text && Calls.SequenceEqual(other.Calls);

    public override string ToString() => $"text: {JsonSerializer.Serialize(Text)}, calls: {string.Join(" ; ", Calls.Select(c => c.Name + " " + c.Arguments))}";
}

/// <summary>One line of the corpus: {"id":"…","in":"what the model wrote","text":"what is left as content","calls":[["get_weather",{"city":"Paris"}]]}</summary>
internal sealed record CorpusCase(string Id, string In, string Text, IReadOnlyList<(string Name, JsonElement Arguments)> Calls)
{
    public const string DeclaredTools =
        """
        [{"type":"function","function":{"name":"get_weather","description":"The weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"},"unit":{"type":"string"}}}}},
        {"type":"function","function":{"name":"search","parameters":{"type":"object","properties":{"query":{"type":"string"},"limit":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}}}}}},
        {"type":"function","function":{"name":"write_file","parameters":{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}}}}},
        {"type":"function","function":{"name":"calc","parameters":{"type":"object","properties":{"expression":{"type":"string"}}}}},
        {"type":"function","function":{"name":"ping"}}]
        """;

    public static IReadOnlyList<CorpusCase> All { get; } = [.. Directory.GetFiles(Folder(), "*.jsonl").Order(StringComparer.Ordinal).SelectMany(System.IO.File.ReadLines).Where(l => l.Length > 0).Select(Parse)];

    public byte[] Bytes => Encoding.UTF8.GetBytes(In);

    /// <summary>The tools of the corpus, under a choice that is the client's JSON; empty: none.</summary>
    public static ToolSet Tools(string choice = "", bool onlyOne = false)
    {
        var call = new ChatCall { Tools = ByteString.CopyFromUtf8(DeclaredTools), ToolChoice = ByteString.CopyFromUtf8(choice) };
        if (onlyOne)
            call.ParallelToolCalls = false;
        return ToolSet.Of(call)!;
    }

    public void AssertIs(Parsed parsed, string how)
    {
        var same = parsed.Text == Text && parsed.Calls.Count == Calls.Count
            && parsed.Calls.Zip(Calls).All(p => p.First.Name == p.Second.Name && JsonElement.DeepEquals(ParseArguments(p.First.Arguments), p.Second.Arguments));
        Assert.True(same, $"{Id}, {how}: {parsed}");
    }

    private JsonElement ParseArguments(string arguments)
    {
        try
        {
            return JsonDocument.Parse(arguments).RootElement;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Id}: the arguments are no JSON: {arguments}", e);
        }
    }

    private static CorpusCase Parse(string line)
    {
        var json = JsonDocument.Parse(line).RootElement;
        return new(
            json.GetProperty("id").GetString()!,
            json.GetProperty("in").GetString()!,
            json.GetProperty("text").GetString()!,
            [.. json.GetProperty("calls").EnumerateArray().Select(c => (c[0].GetString()!, c[1]))]);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "corpus");
}
