using System.IO.Pipelines;
using System.Text;
using GrokForge.Admin.Tokens.Import;
using GrokForge.Unit.Tests.Upstream;

namespace GrokForge.Unit.Tests.Admin;

public sealed class ImportInputTests
{
    [Theory]
    [InlineData("a\n\n b \r\nc", "1 a|3  b |4 c")]
    [InlineData("\uFEFFa\nb\n", "1 a|2 b")]
    [InlineData("a\rb", "1 a|1 b")]
    [InlineData("", "")]
    [InlineData(" \r\n\t", "")]
    [InlineData("""{"token":"a"}""", """1 {"token":"a"}""")]
    [InlineData("{\"token\":\"a\"}\n{\"token\":\"b\n{\"token\":\"c\"}", "1 {\"token\":\"a\"}|2 {\"token\":\"b|3 {\"token\":\"c\"}")]
    [InlineData("{\"token\":\"a\nb", "1 {\"token\":\"a|2 b")]
    [InlineData("{nonsense}\nb", "1 {nonsense}|2 b")]
    [InlineData("{\"pool\":nonsense}\n{\"token\":\"b\"}", "1 {\"pool\":nonsense}|2 {\"token\":\"b\"}")]
    [InlineData("""["a", "b"]""", "1 a|2 b")]
    [InlineData("""[{"token":"a","status":"active"},"b",]""", """1 {"token":"a","status":"active"}|2 b""")]
    [InlineData("""{"ssoBasic":["a",{"token":"b"}],"ssoSuper":["c"]}""", """1 a @ssoBasic|2 {"token":"b"} @ssoBasic|3 c @ssoSuper""")]
    [InlineData("""{"ssoNormal":{"a":{"status":"active"},"b":{},"c":null}}""", """1 {"token":"a","status":"active"} @ssoNormal|2 {"token":"b"} @ssoNormal|3 c @ssoNormal""")]
    [InlineData("{\n  \"ssoSuper\": [\n    \"a\"\n  ]\n}", "1 a @ssoSuper")]
    [InlineData("""{"data":{"tokens":["a"]}}""", "1 a")]
    [InlineData("""{"operation":"export","tokens":[{"token":"ab****yz"}],"raw_tokens":["a"],"errors":[{"message":"m"}]}""", "1 a")]
    [InlineData("""{"version":1,"flags":[],"heavy":["a"]}""", "1 a @heavy")]
    [InlineData("{\"token\":\"a\"}\n{\"\\ud800\":1,\"token\":\"b\"}", "1 {\"token\":\"a\"}|2 {\"\\ud800\":1,\"token\":\"b\"}")]
    [InlineData("{\"\\ud800\":1,\"token\":\"a\"}\n{\"token\":\"b\"}", "1 {\"\\ud800\":1,\"token\":\"a\"}|2 {\"token\":\"b\"}")]
    public async Task Every_way_to_write_tokens_gives_its_entries_wherever_it_is_cut(string text, string entries)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal((entries, ""), await ReadAsync(new MemoryStream(bytes)));
        for (var size = 1; size <= Math.Min(bytes.Length, 7); size++)
            Assert.Equal((entries, ""), await ReadAsync(new ChunkedStream(bytes, [.. Enumerable.Range(1, bytes.Length).Where(i => i % size == 0)])));
    }

    [Theory]
    [InlineData("""["a","b""", "1 a")]
    [InlineData("""["a", nonsense]""", "1 a")]
    [InlineData("""{"ssoBasic":["a"}""", "1 a @ssoBasic")]
    [InlineData("""["a"] ["b"]""", "1 a")]
    [InlineData("""{"\ud800":["a"]}""", "")]
    [InlineData("""{"\ud800":1,"token":"a"}""", "")]
    [InlineData("""["a","\ud800","b"]""", "1 a")]
    [InlineData("""{"heavy":["a"],"\ud800":["b"]}""", "1 a @heavy")]
    public async Task A_broken_document_gives_what_stood_before(string text, string entries)
    {
        var (found, fault) = await ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(entries, found);
        Assert.StartsWith("The document is broken behind byte ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_without_end_is_told_once_and_not_held()
    {
        var text = "a\n" + new string('x', 10 * ImportInput.LongestEntry) + "\nb";
        List<ImportEntry> entries = await new ImportInput(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text)))).ReadAsync(Cancel).ToListAsync(Cancel);
        Assert.Equal([1, 2, 3], entries.Select(e => e.Place));
        Assert.Equal(("a", "b"), (entries[0].Text, entries[2].Text));
        Assert.InRange(entries[1].Text.Length, 5000, 2 * ImportInput.LongestEntry);
    }

    [Fact]
    public async Task An_entry_without_end_in_a_document_ends_the_reading()
    {
        var input = new ImportInput(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes("[\"a\",\"" + new string('x', 10 * ImportInput.LongestEntry)))));
        Assert.Equal(["a"], (await input.ReadAsync(Cancel).ToListAsync(Cancel)).Select(e => e.Text));
        Assert.NotEmpty(input.Fault);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static async Task<(string Entries, string Fault)> ReadAsync(Stream stream)
    {
        var input = new ImportInput(PipeReader.Create(stream));
        var entries = await input.ReadAsync(Cancel).ToListAsync(Cancel);
        return (string.Join('|', entries.Select(e => $"{e.Place} {e.Text}{(e.Pool is null ? "" : " @" + e.Pool)}")), input.Fault);
    }
}
