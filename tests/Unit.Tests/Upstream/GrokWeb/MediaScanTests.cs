using System.Text;
using System.Text.Json;
using CsCheck;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Unit.Tests.Upstream.Tools;
using GrokForge.Upstream.GrokWeb.AnswerImages;

namespace GrokForge.Unit.Tests.Upstream.GrokWeb;

/// <summary>No address of the upstream's media gets through, however the text is cut; all else does, as it is written.</summary>
public sealed class MediaScanTests
{
    private static readonly MediaAddresses Addresses = new(new UpstreamOptions());

    [Theory]
    [InlineData("plain words and 1/2, http and https, users and /users/ or use!", null)]
    [InlineData("see grok.com, https://grok.com, https://grok.com/plans?a=/img, assets.grok.com and https://x.ai/blog", null)]
    [InlineData("https://assets.grok.com https://assets.grok.com/ are hosts", null)]
    [InlineData("![a](https://example.com/a.png) ![b](b.png \"t\") [c](https://example.com/users/u/generated/x.png)", null)]
    [InlineData("https://notgrok.com/users/u/generated/x/image.jpg https://grok.com.example.com/img/x", null)]
    [InlineData("GET /api/users/1/generated/report, my_users/a/generated/b, users/me", null)]
    [InlineData("![alt [b] c](x) ![no](", null)]
    [InlineData("![data](data:image/png;base64,iVBORw0KGgo/+/users=)", null)]
    [InlineData("![a cat](https://assets.grok.com/users/u/generated/i/image.jpg)!", "{a cat|https://assets.grok.com/users/u/generated/i/image.jpg}!")]
    [InlineData("x ![a cat](users/u/generated/i/image.jpg \"title\") y", "x {a cat|users/u/generated/i/image.jpg} y")]
    [InlineData("![](/users/u/f/content)", "{image|/users/u/f/content}")]
    [InlineData("see https://assets.grok.com/users/u/generated/i/image.jpg. Good", "see {image|https://assets.grok.com/users/u/generated/i/image.jpg}. Good")]
    [InlineData("see [it](https://assets.grok.com/x/y.mp4) there", "see [it]() there")]
    [InlineData("src=\"https://imagine-public.x.ai/a/b.png\"", "src=\"image\"")]
    [InlineData("HTTPS://ASSETS.GROK.COM/a.jpg", "{image|HTTPS://ASSETS.GROK.COM/a.jpg}")]
    [InlineData("//assets.grok.com/users/u/generated/i/image.jpg and assets.grok.com/a", "//assets.grok.com and assets.grok.com")]
    [InlineData("https://me@assets.grok.com:443/a.jpg", "{image|https://me@assets.grok.com:443/a.jpg}")]
    [InlineData("https://grok.com/images/1f0c.jpg", "{image|https://grok.com/images/1f0c.jpg}")]
    [InlineData("https://cdn.grok.com/img/x", "{image|https://cdn.grok.com/img/x}")]
    [InlineData("https://example.com/?u=https://assets.grok.com/a.jpg", "{image|https://example.com/?u=https://assets.grok.com/a.jpg}")]
    [InlineData("https://example.com/?u=https%3A%2F%2Fassets.grok.com%2Fusers%2Fu", "{image|https://example.com/?u=https%3A%2F%2Fassets.grok.com%2Fusers%2Fu}")]
    [InlineData("(users/u/generated/i/image.jpg) `users/u/f/content`", "() `image`")]
    [InlineData("http:/users/u/generated/i", "http:image")]
    [InlineData("![broken https://assets.grok.com/a.jpg\nx", "![broken {image|https://assets.grok.com/a.jpg}\nx")]
    [InlineData("![https://assets.grok.com/users/u/generated/i/image.jpg](https://assets.grok.com/a.jpg)", "{image|https://assets.grok.com/a.jpg}")]
    [InlineData("![see users/u/generated/i/image.jpg!](https://assets.grok.com/a.jpg)", "{image|https://assets.grok.com/a.jpg}")]
    [InlineData("![from grok.com, 1/2](https://assets.grok.com/a.jpg)", "{from grok.com, 1/2|https://assets.grok.com/a.jpg}")]
    [InlineData("![cut off](https://assets.grok.com/a.jpg", "{cut off|https://assets.grok.com/a.jpg}")]
    [InlineData("见https://assets.grok.com/a.jpg。", "见image。")]
    [InlineData("""{"a":"https:\/\/assets.grok.com\/users\/u\/generated\/i\/image.jpg","b":1}""", """{"a":"image","b":1}""")]
    [InlineData("""{"a":"see https:\/\/assets.grok.com\/a.jpg."}""", """{"a":"see image."}""")]
    [InlineData("""{"a":"\u0022x\nhttps:\u002F\u002Fassets.grok.com\u002fa.jpg\u003Fx=1\n"}""", """{"a":"\u0022x\nimage\n"}""")]
    [InlineData("""{"a":"\nusers\/u\/generated\/i\/image.jpg\"","b":"\/users\u002Fu\/f\/content"}""", """{"a":"\nimage\"","b":"image"}""")]
    [InlineData("""{"a":"{\"b\":\"https:\\\/\\\/assets.grok.com\\/a.jpg\"}"}""", """{"a":"{\"b\":\"image\"}"}""")]
    [InlineData("""{"a":"![a cat](https:\/\/assets.grok.com\/a.jpg)"}""", """{"a":"{a cat|https://assets.grok.com/a.jpg}"}""")]
    [InlineData("""{"a":"![a](https:\/\/assets.grok.com\/a.jpg\"}""", """{"a":"{a|https://assets.grok.com/a.jpg}\"}""")]
    [InlineData("""assets.grok.com\/users\/u\/f\/content, //x.ai\u002Fimg%2Fa""", "assets.grok.com, //x.ai")]
    [InlineData("url=https%3A%2F%2Fassets.grok.com%2Fa.jpg&b=users%2Fu%2Fgenerated%2Fi", "url=image")]
    [InlineData("url=https%3a%2f%2fassets.grok.com%2fa.jpg, b=users%2Fu%2Fgenerated%2Fi", "url=image, b=image")]
    [InlineData("https%253A%252F%252Fassets.grok.com%252Fa.jpg users/u%2Fgenerated/i", "image {image|users/u%2Fgenerated/i}")]
    [InlineData("%2Fusers%2Fu%2Ff%2Fcontent %2F%2Fgrok.com%2Fimg%2Fx", "image %2F%2Fgrok.com")]
    [InlineData("""C:\users\me \\server\users\ \/ \u002 100% %2 %2F \frac{a}{b} \\ /https:\/\/assets\.grok\.com\//""", null)]
    [InlineData("""{"a":"https:\/\/example.com\/users\/u\/generated\/x.png\u0022\"","b":"https:\/\/grok.com\/plans\\"}""", null)]
    [InlineData("https%3A%2F%2Fexample.com%2Fusers%2Fu%2Fgenerated api%2Fusers%2Fu%2Fgenerated%2Fx", null)]
    public void Addresses_are_taken_out_and_mentions_stay(string text, string? expected)
    {
        expected ??= text;
        Assert.Equal(expected, Scan(text, []));
        for (var cut = 1; cut < text.Length; cut++)
            Assert.Equal((cut, expected), (cut, Scan(text, [cut])));
        Assert.Equal(expected, Scan(text, [.. Enumerable.Range(0, text.Length)]));
    }

    [Theory]
    [InlineData("""{"name":"search","arguments":{"query":"https://assets.grok.com/users/u/generated/i/image.jpg","tags":["see users/u/f/content now","![a \"b\"](https:\/\/assets.grok.com\/a.jpg)"]}}""")]
    [InlineData("""{"name":"search","arguments":"{\"query\":\"https:\\/\\/assets.grok.com\\/users\\/u\\/f\\/content\",\"tags\":[\"\\u002Fusers\\u002Fu\\u002Ff\\u002Fcontent\"]}"}""")]
    [InlineData("""{"name":"search","arguments":{"query":"\nhttps:\u002f\u002fassets.grok.com\u002fusers/u/f/content\t\"x\""}}""")]
    public void Json_stays_json_where_an_address_is_taken_out(string json)
    {
        for (var cut = 0; cut < json.Length; cut++)
        {
            var output = new MemoryStream();
            Run(json, cut == 0 ? [] : [cut], output, static (_, _) => { });
            var arguments = JsonDocument.Parse(output.ToArray()).RootElement.GetProperty("arguments");
            if (arguments.ValueKind == JsonValueKind.String)
                arguments = JsonDocument.Parse(arguments.GetString()!).RootElement;
            Assert.DoesNotMatch("users|assets.grok.com.", arguments.GetProperty("query").GetString() + arguments);
            var parsed = Parsed.Of(CorpusCase.Tools(), [output.ToArray()]);
            Assert.True(JsonElement.DeepEquals(arguments, JsonDocument.Parse(Assert.Single(parsed.Calls).Arguments).RootElement));
        }
    }

    [Theory]
    [InlineData("https://grok.com/images/../rest/any?y=z")]
    [InlineData("https://grok.com/images/%2e%2e/rest/any")]
    [InlineData("https://grok.com/images/a/..%2f../rest/any")]
    [InlineData("users/u/generated/../../../rest/any")]
    [InlineData("https://grok.com/rest/any?u=https://assets.grok.com/a.jpg")]
    public void An_address_that_leads_elsewhere_than_it_looks_is_not_fetched(string address) => Assert.Null(Addresses.Locate(address));

    [Theory]
    [InlineData("users/u/generated/i/image.jpg", "https://assets.grok.com/users/u/generated/i/image.jpg")]
    [InlineData("https://grok.com/images/1f0c.jpg", "https://grok.com/images/1f0c.jpg")]
    [InlineData("https://imagine-public.x.ai/a/b.png", "https://imagine-public.x.ai/a/b.png")]
    public void A_picture_is_fetched_where_it_is(string address, string expected) => Assert.Equal(expected, Addresses.Locate(address)?.ToString());

    [Fact]
    public void Text_of_address_like_pieces_reads_the_same_however_it_is_cut_and_shows_no_address()
    {
        var piece = OneOf("https://", "http:/", "/", "users/", "u/", "generated/", "content", "assets.grok.com", "grok.com", "x.ai", "/img/", "![", "]", "](", "(", ")", "!", " ",
            "\n", "a", "h", "us", "é", ".", ":443", "?", "![a](users/u/generated/i/image.jpg)", "https://assets.grok.com/users/u/generated/i/image.jpg",
            "\\", "\\/", "\\u002F", "\\u00", "%2F", "%25", "%", "https:\\/\\/assets.grok.com\\/", "users%2Fu%2Fgenerated%2F", "\"", "\\n");
        Gen.Select(piece.Array[0, 16], Gen.Int[0, 400].Array[0, 20]).Sample((pieces, cuts) =>
        {
            var text = string.Concat(pieces);
            var whole = Scan(text, []);
            Assert.Equal(whole, Scan(text, cuts));
            Assert.Equal(whole, Scan(text, [.. Enumerable.Range(0, text.Length)]));
            Assert.DoesNotMatch("(?<![a-z0-9-])assets\\.grok\\.com(?:\\\\{0,8}/|\\\\{1,8}u002F|%(?:25){0,3}2F)[a-z]", Passed(text, cuts));
        }, iter: 4000);
    }

    [Fact]
    public void Long_words_are_judged_the_same_however_they_are_cut()
    {
        foreach (var begin in (string[])["https://example.com/", "https://assets.grok.com/", "![a](https://assets.grok.com/", "![a](https://example.com/", "![", "users/u/generated/"])
        {
            foreach (var length in (int[])[MediaScan.MostHeld - begin.Length - 1, MediaScan.MostHeld - begin.Length, MediaScan.MostHeld - begin.Length + 1, 1023, 1022, 1021, 3 * MediaScan.MostHeld])
            {
                var text = begin + new string('x', length) + ") end";
                var whole = Scan(text, []);
                Assert.Equal(whole, Scan(text, [.. Enumerable.Range(0, text.Length)]));
                Assert.Equal(whole, Scan(text, [MediaScan.MostHeld]));
                Assert.EndsWith("end", whole, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("![")]
    [InlineData("![](")]
    [InlineData("![a](https://")]
    [InlineData("https://grok.com/")]
    [InlineData("users/")]
    [InlineData("h")]
    [InlineData("/")]
    [InlineData("x.ai/")]
    [InlineData("\\")]
    [InlineData("\\u002")]
    [InlineData("%")]
    [InlineData("%25")]
    [InlineData("https:\\/")]
    [InlineData("https:\\/\\/\\")]
    [InlineData("users\\")]
    [InlineData("![](https:\\/\\/\\")]
    public void Work_grows_with_the_text_alone(string pattern)
    {
        foreach (var size in (int[])[10, 100, 1000, 10_000])
        {
            var scan = new MediaScan(Addresses, static _ => { }, static (_, _) => { });
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(pattern, size)));
            for (var at = 0; at < bytes.Length; at += 3)
                scan.Write(bytes.AsSpan(at, Math.Min(3, bytes.Length - at)));
            scan.End();
            Assert.InRange(scan.Steps, 0, bytes.Length * 16L);
        }
    }

    [Theory]
    [InlineData("users/u/generated/i/image.jpg", "https://assets.grok.com/users/u/generated/i/image.jpg")]
    [InlineData("/users/u/f/content", "https://assets.grok.com/users/u/f/content")]
    [InlineData("//imgen.x.ai/a.png", "https://imgen.x.ai/a.png")]
    [InlineData("http://assets.grok.com/a.png?x=1", "https://assets.grok.com/a.png?x=1")]
    [InlineData("https://example.com/a.png", null)]
    [InlineData("https://assets.grok.com.example.com/a.png", null)]
    [InlineData("ftp://assets.grok.com/a.png", null)]
    [InlineData("https://u:p@assets.grok.com/a.png", null)]
    public void Only_the_upstreams_own_hosts_are_asked(string address, string? expected) => Assert.Equal(expected, Addresses.Locate(address)?.AbsoluteUri);

    [Fact]
    public void A_configured_host_takes_the_place_of_the_usual_one()
    {
        var addresses = new MediaAddresses(new UpstreamOptions { WebBaseUrl = "http://127.0.0.1:5900", AssetsBaseUrl = "http://127.0.0.1:5900" });
        Assert.Equal("http://127.0.0.1:5900/users/u/generated/i/image.jpg", addresses.Locate("https://assets.grok.com/users/u/generated/i/image.jpg")?.AbsoluteUri);
        Assert.True(addresses.IsMedia("http://127.0.0.1:5900/users/u/generated/i/image.jpg"));
        Assert.False(addresses.IsMedia("http://127.0.0.1:5900/plans"));
        Assert.Equal(addresses.Key("users/u/generated/i/image.jpg"), addresses.Key("https://assets.grok.com/users/u/generated/i/image.jpg"));
    }

    private static string Scan(string text, IReadOnlyList<int> cuts)
    {
        var output = new MemoryStream();
        Run(text, cuts, output, (address, alt) => output.Write(Encoding.UTF8.GetBytes($"{{{alt}|{address}}}")));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static string Passed(string text, IReadOnlyList<int> cuts)
    {
        var output = new MemoryStream();
        Run(text, cuts, output, (_, _) => output.Write("{}"u8));
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static void Run(string text, IReadOnlyList<int> cuts, MemoryStream output, ImageSink image)
    {
        var scan = new MediaScan(Addresses, output.Write, image);
        foreach (var piece in Pieces.Of(text, cuts))
            scan.Write(piece);
        scan.End();
    }

    private static Gen<string> OneOf(params string[] pieces) => Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]);
}
