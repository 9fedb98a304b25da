using System.Text;
using CsCheck;

namespace GrokForge.Unit.Tests.Upstream;

/// <summary>However the network cuts an answer, it reads the same.</summary>
public sealed class AnswerSplitTests
{
    private const string Tokens =
        """
        {"result":{"conversation":{"conversationId":"c"}}}
        {"result":{"response":{"token":"a \"b\" \\ {","isThinking":true,"messageTag":"summary","responseId":"r"}}}
        {"result":{"response":{"token":"Grüße \u00e9 😀 \ud83d","isThinking":false,"messageTag":"final"}}}{"result":{"response":{"token":"\ude00 \u2028 end\n"}}}
        {"broken": "line
        {"result":{"response":{"cardAttachment":{"jsonData":"{\"a\":\"}\"}"}}}}
        {"result":{"response":{"modelResponse":{"message":"Grüße é 😀 \ud83d\ude00 \u2028 end\n and more 漢字"}}}}
        """;

    public static TheoryData<string> Bodies =>
    [
        Tokens,
        ": hello\n" + string.Concat(Tokens.Split('\n').Select(line => "data: " + line + "\n\n")) + "data: [DONE]\n\n",
        Tokens.Replace("\n", ""),
        Tokens + "\n{\"error\":{\"code\":8,\"message\":\"usage limit\"}}",
        Tokens[..^20],
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Every_single_cut_reads_the_same(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var whole = await AnswerReading.OfAsync(bytes, []);
        for (var cut = 1; cut < bytes.Length; cut++)
            AssertSame(whole, await AnswerReading.OfAsync(bytes, [cut]), $"cut at {cut}");
        AssertSame(whole, await AnswerReading.OfAsync(bytes, [.. Enumerable.Range(0, bytes.Length)]), "byte by byte");
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Random_cuts_read_the_same(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var whole = await AnswerReading.OfAsync(bytes, []);
        await Gen.Int[1, bytes.Length].Array[0, 40].SampleAsync(async cuts =>
        {
            AssertSame(whole, await AnswerReading.OfAsync(bytes, cuts), string.Join(',', cuts));
        }, iter: 300);
    }

    [Fact]
    public async Task Any_text_survives_any_way_of_escaping_and_cutting_it()
    {
        var gen = Gen.Select(Gen.String[0, 30].Array[1, 5], Gen.Bool, Gen.Int[1, 600].Array[0, 12]);
        await gen.SampleAsync(async (texts, escape, cuts) =>
        {
            var body = new StringBuilder();
            foreach (var text in texts)
                body.Append("{\"result\":{\"response\":{\"token\":").Append(Json(text, escape)).Append(",\"messageTag\":\"final\"}}}\n");
            var read = await AnswerReading.OfAsync(Encoding.UTF8.GetBytes(body.ToString()), cuts);
            // What is no code point, even together with its neighbours, is replaced; the rest is untouched.
            Assert.Equal(Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(string.Concat(texts))), read.Text);
        }, iter: 2000);
    }

    private static string Json(string text, bool escape)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            // A surrogate on its own cannot be written in UTF-8: it can only come as an escape.
            if (escape || c is '"' or '\\' or < ' ' || char.IsSurrogate(c))
                json.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture));
            else
                json.Append(c);
        }
        return json.Append('"').ToString();
    }

    private static void AssertSame(AnswerReading expected, AnswerReading actual, string how)
    {
        Assert.True(expected.Events.SequenceEqual(actual.Events), $"{how}: {string.Join('|', actual.Events)}");
        Assert.True(expected.Refusal == actual.Refusal, $"{how}: {actual.Refusal}");
    }
}
