using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Structured;

namespace GrokForge.Unit.Tests.Upstream.Structured;

/// <summary>Answers that must be JSON: what a client gets of them, however they are cut.</summary>
public sealed class StructuredAnswerTests
{
    private const string AnyObject = """{"type":"json_object"}""";
    private const string AnyCity = """{"type":"json_schema","json_schema":{"name":"city","schema":{"type":"object","properties":{"city":{"type":"string"}}}}}""";
    private const string Endless = """{"type":"json_schema","json_schema":{"name":"endless","schema":{"type":"object","anyOf":[{"$ref":"#"}]}}}""";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AnyObject)]
    [InlineData(AnyCity)]
    [InlineData(Endless)]
    public async Task The_object_is_told_and_not_an_empty_one_beside_it_cut_anywhere(string format)
    {
        foreach (var (said, json) in new[]
        {
            ("Not {} but this 🏙: {\"city\":\"Zürich\"} 🙂 or {}?", "{\"city\":\"Zürich\"}"),
            ("```\n{}\n```\nwould be empty.\n```json\n{\"city\":\"Zürich\"}\n```", "{\"city\":\"Zürich\"}"),
            ("{} is empty; {'city': 'Zürich',}", "{\"city\":\"Zürich\"}"),
            ("{}", "{}"),
            ("None: {}", "{}"),
        })
        {
            var bytes = Encoding.UTF8.GetBytes(said);
            for (var cut = 1; cut < bytes.Length; cut++)
                Assert.Equal((cut, json), (cut, await ReadAsync(format, [bytes[..cut], bytes[cut..]])));
            Assert.Equal(json, await ReadAsync(format, bytes.Select(b => new[] { b })));
        }
    }

    [Fact]
    public void A_correction_shows_the_model_the_beginning_of_its_answer_and_no_half_of_a_character()
    {
        foreach (var length in new[] { 3998, 3999, 4000 })
        {
            var said = new string('a', length) + "\U0001F600" + new string('b', 10);
            var told = new Correction(said, "Again.", new Refusal(default, NextStep.GiveUp, "", "")).ApplyTo(new ChatCall()).Messages[0].Parts[0].Text;
            Assert.Equal(said[..(length == 3999 ? 3999 : 4000)] + "…", told);
        }
    }

    private static async Task<string> ReadAsync(string format, IEnumerable<byte[]> pieces)
    {
        var asked = OutputFormat.Of(new ChatCall { ResponseFormat = ByteString.CopyFromUtf8(format) })!;
        await using var answer = new StructuredAnswer(new Written(pieces), asked, Cancelled);
        await answer.ReadAsync();
        Assert.Null(answer.Correction);
        var text = new StringBuilder();
        await foreach (var chatEvent in answer.ReadEventsAsync(Cancelled))
            text.Append(chatEvent.Text.ToStringUtf8());
        return text.ToString();
    }

    /// <summary>An answer of these pieces of text.</summary>
    private sealed class Written(IEnumerable<byte[]> pieces) : ChatAnswer
    {
        public override async IAsyncEnumerable<ChatEvent> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            foreach (var piece in pieces)
                yield return new ChatEvent { Text = ByteString.CopyFrom(piece) };
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
