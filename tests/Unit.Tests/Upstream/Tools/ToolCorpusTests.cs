using System.Text;
using System.Text.RegularExpressions;
using CsCheck;

namespace GrokForge.Unit.Tests.Upstream.Tools;

/// <summary>What models really write when they call tools, and what must come of it, however the text is cut.</summary>
public sealed partial class ToolCorpusTests
{
    [Fact]
    public void The_corpus_is_large_and_its_ids_are_unique()
    {
        Assert.True(CorpusCase.All.Count >= 200, $"{CorpusCase.All.Count}");
        Assert.Equal(CorpusCase.All.Count, CorpusCase.All.Select(c => c.Id).Distinct().Count());
        Assert.Equal(CorpusCase.All.Count, CorpusCase.All.Select(c => c.In).Distinct().Count());
    }

    [Fact]
    public void Every_answer_is_read_as_expected()
    {
        List<string> wrong = [];
        foreach (var known in CorpusCase.All)
        {
            try
            {
                known.AssertIs(Parsed.Of(CorpusCase.Tools(), [known.Bytes]), "whole");
            }
            catch (Exception e)
            {
                wrong.Add(e.Message);
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("required", false)]
    [InlineData("named", false)]
    public void Every_answer_reads_the_same_cut_anywhere(string choice, bool mended)
    {
        foreach (var known in CorpusCase.All)
        {
            if (choice == "named" && NameOf(known) is null)
                continue;
            var tools = CorpusCase.Tools(choice == "named" ? Named(NameOf(known)!) : choice.Length > 0 ? $"\"{choice}\"" : "");
            var bytes = known.Bytes;
            var whole = Parsed.Of(tools, [bytes], mended);
            for (var cut = 1; cut < bytes.Length; cut++)
            {
                var parsed = Parsed.Of(tools, [bytes[..cut], bytes[cut..]], mended);
                Assert.True(whole.IsSame(parsed), $"{known.Id} cut at {cut}: {parsed}");
            }
            var single = Parsed.Of(tools, bytes.Select(b => new[] { b }), mended);
            Assert.True(whole.IsSame(single), $"{known.Id} byte by byte: {single}");
        }
    }

    [Fact]
    public void A_declared_tool_that_is_not_allowed_is_not_called()
    {
        const string choice = """{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"ping"}}]}}""";
        var parsed = Parsed.Of(CorpusCase.Tools(choice), ["<tool_call>{\"name\":\"calc\",\"arguments\":{}}</tool_call><tool_call>{\"name\":\"ping\",\"arguments\":{}}</tool_call>"u8.ToArray()]);
        Assert.Equal([("ping", "{}")], parsed.Calls);
        Assert.Equal("{\"name\":\"calc\",\"arguments\":{}}", parsed.Text);
    }

    [Fact]
    public void No_text_has_the_syntax_of_a_call_in_it_wherever_the_answer_ends()
    {
        foreach (var known in CorpusCase.All)
        {
            for (var end = 1; end <= known.In.Length; end++)
            {
                var begun = Encoding.UTF8.GetBytes(known.In[..end]);
                Assert.True(!CallSyntax.IsMatch(Parsed.Of(CorpusCase.Tools(), [begun]).Text), $"{known.Id} up to {end}");
            }
        }
    }

    [Fact]
    public void Every_answer_reads_the_same_under_random_cuts()
    {
        foreach (var known in CorpusCase.All)
        {
            var tools = CorpusCase.Tools();
            var bytes = known.Bytes;
            var whole = Parsed.Of(tools, [bytes]);
            Gen.Int[1, Math.Max(1, bytes.Length - 1)].Array[2, 12].Sample(cuts => whole.IsSame(Parsed.Of(tools, Cut(bytes, cuts))), iter: 20, threads: 1);
        }
    }

    [Fact]
    public void A_choice_of_the_called_tool_changes_nothing()
    {
        foreach (var known in CorpusCase.All)
        {
            known.AssertIs(Parsed.Of(CorpusCase.Tools("\"required\""), [known.Bytes]), "required");
            if (NameOf(known) is { } name)
                known.AssertIs(Parsed.Of(CorpusCase.Tools(Named(name)), [known.Bytes]), "named");
        }
    }

    private static string Named(string name) => $$$"""{"type":"function","function":{"name":"{{{name}}}"}}""";

    /// <summary>The one tool that is called; null: there is none, or several.</summary>
    private static string? NameOf(CorpusCase known) => known.Calls.Select(c => c.Name).Distinct().ToList() is [var name] ? name : null;

    [Fact]
    public void Where_one_call_is_allowed_the_first_stands_and_the_others_leave_no_trace()
    {
        foreach (var known in CorpusCase.All)
        {
            var parsed = Parsed.Of(CorpusCase.Tools(onlyOne: true), [known.Bytes]);
            (known with { Calls = [.. known.Calls.Take(1)] }).AssertIs(parsed, "only one");
        }
    }

    [Fact]
    public void What_is_no_call_stays_as_it_was_written()
    {
        foreach (var known in CorpusCase.All.Where(c => c.Calls.Count == 0 && c.Text == c.In))
            Assert.Equal(known.In, Parsed.Of(CorpusCase.Tools(), [known.Bytes]).Text);
    }

    // Words in angle brackets, <tool_calls are great>, are no tag; JSON that lists no call, {"tool_calls": []}, is no call.
    [GeneratedRegex("""</?(?:xai:|antml:)?(?:tool_calls?|function_calls?|invoke)(?:\s[^<>]*=[^<>]*|\s*)(?:/?>|$)|\{\s*"(?:tool_calls|function_calls)"\s*:\s*\[\s*\{""")]
    private static partial Regex CallSyntax { get; }

    internal static IEnumerable<byte[]> Cut(byte[] bytes, int[] cuts)
    {
        var at = 0;
        foreach (var cut in cuts.Where(c => c < bytes.Length).Append(bytes.Length).Distinct().Order())
        {
            yield return bytes[at..cut];
            at = cut;
        }
    }
}
