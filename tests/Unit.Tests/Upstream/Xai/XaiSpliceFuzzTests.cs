using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Xai;

namespace GrokForge.Unit.Tests.Upstream.Xai;

/// <summary>Whatever a body or a chunk looks like, what is spliced is JSON again, and only what must change has changed.</summary>
public sealed class XaiSpliceFuzzTests
{
    private static readonly string[] Values =
        ["1", "-0.5e3", "true", "null", "[]", "{}", "\"a\\\"},{\\\"model\\\":1\"", "[1,[\"]\",{\"model\":\"m\"}]]", "{\"usage\":{\"stream\":false}}", "\"\u00f6\\ud83d\\ude00\""];

    private static readonly string[] Blanks = ["", "", "", " ", "\n\t", "\r\n "];

    [Fact]
    public void A_request_keeps_all_that_is_not_the_gateways() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var options = random.Next(5) switch { 0 => null, 1 => "null", 2 => "{}", 3 => "{\"include_usage\":false,\"x\":[{}]}", _ => "{\"x\":1, \"include_usage\" : true}" };
        var text = Render(random, ("model", "\"asked\""), ("stream", random.Next(3) switch { 0 => null, 1 => "null", _ => "true" }), ("stream_options", options));
        var sent = XaiRequestBody.Of(new ChatCall { OpenaiBody = ByteString.CopyFromUtf8(text) }, "grok");

        var (before, after) = (JsonNode.Parse(text)!.AsObject(), JsonNode.Parse(sent.Bytes)!.AsObject());
        Assert.Equal(options?.Contains("true", StringComparison.Ordinal) is true, sent.ShowsUsage);
        Assert.Equal(("grok", true, true), ((string?)after["model"], (bool)after["stream"]!, (bool)after["stream_options"]!["include_usage"]!));
        foreach (var (name, value) in before.Where(m => m.Key.StartsWith('x')))
            Assert.True(JsonNode.DeepEquals(value, after[name]), $"{name} of {text}");
        Assert.Equal(before.Select(m => m.Key).Union(["model", "stream", "stream_options"]).Order(), after.Select(m => m.Key).Order());
    });

    [Fact]
    public void A_chunk_keeps_all_but_its_models_name_and_an_unwanted_usage() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var usage = random.Next(3) switch { 0 => null, 1 => "null", _ => "{\"prompt_tokens\":3}" };
        var chunks = new XaiChunks("xai/grok", showsUsage: false, "");
        for (var i = 0; i < 3; i++)
        {
            var text = Render(random, ("model", "\"grok\""), ("choices", "[{\"index\":0}]"), ("usage", usage));
            var (before, after) = (JsonNode.Parse(text)!.AsObject(), JsonNode.Parse(chunks.Take(Encoding.UTF8.GetBytes(text)))!.AsObject());
            Assert.Equal("xai/grok", (string?)after["model"]);
            Assert.Null(after["usage"]);
            foreach (var (name, value) in before.Where(m => m.Key is not ("model" or "usage")))
                Assert.True(JsonNode.DeepEquals(value, after[name]), $"{name} of {text}");
        }

        Assert.Equal(usage is { Length: > 4 } ? 3 : null, chunks.Usage?.PromptTokens);
    });

    /// <summary>An object of these members and some others, in any order, with any blanks.</summary>
    private static string Render(Random random, params (string Name, string? Value)[] members)
    {
        var all = members.Where(m => m.Value is not null).Concat(Enumerable.Range(0, random.Next(4)).Select(i => ($"x{i}", (string?)Values[random.Next(Values.Length)]))).ToArray();
        random.Shuffle(all);
        return "{" + string.Join(",", all.Select(m => $"{Blank()}\"{m.Item1}\"{Blank()}:{Blank()}{m.Item2}{Blank()}")) + "}";

        string Blank() => Blanks[random.Next(Blanks.Length)];
    }
}
