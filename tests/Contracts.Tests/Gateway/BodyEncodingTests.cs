using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using GrokForge.Gateway.Usage;
using GrokForge.ServiceDefaults.Settings;
using ZstdSharp;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Request bodies that were sent compressed.</summary>
public sealed class BodyEncodingTests
{
    private const int Limit = 4096;
    private const string Ask = """{"model":"grok-4.20","messages":[{"role":"user","content":"Grüße"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("x-gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    [InlineData("identity")]
    public async Task A_compressed_body_is_read(string encoding)
    {
        await using var host = await StartAsync();
        host.Upstream.Says(Text("x"), Finished());
        using var response = await SendAsync(host, Compressed(encoding, Encoding.UTF8.GetBytes(Ask)), encoding);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("Grüße", (await host.Upstream.Calls.Reader.ReadAsync(Token)).Messages[0].Parts[0].Text);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_small_body_that_becomes_a_large_one_is_too_large(string encoding)
    {
        var bomb = Compressed(encoding, Encoding.UTF8.GetBytes(Ask.PadRight(2 * 1024 * 1024)));
        Assert.InRange(bomb.Length, 1, Limit);
        await using var host = await StartAsync();
        using var response = await SendAsync(host, bomb, encoding);
        await Envelope.AssertAsync(response, 413, "invalid_request_error", "request_too_large", null, Token);
        await Eventually.HoldsAsync(() => Task.FromResult(host.Budget.Held == 0), Token);
    }

    [Fact]
    public async Task A_large_body_that_becomes_nothing_is_too_large()
    {
        // Members of gzip that hold nothing, one after the other.
        byte[] member = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var nothing = Enumerable.Repeat(member, 20_000).SelectMany(b => b).ToArray();
        await using var host = await StartAsync();
        using var response = await SendAsync(host, nothing, "gzip", chunked: true);
        await Envelope.AssertAsync(response, 413, "invalid_request_error", "request_too_large", null, Token);
        Assert.Equal((413, UsageOutcome.Refused), await host.NextUsageAsync(Token) is var usage ? (usage.Status, usage.Outcome) : default);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_body_that_is_not_what_its_encoding_says_is_the_clients_mistake(string encoding)
    {
        await using var host = await StartAsync();
        using var plain = await SendAsync(host, Encoding.UTF8.GetBytes(Ask), encoding);
        await Envelope.AssertAsync(plain, 400, "invalid_request_error", "invalid_content_encoding", null, Token);
        Assert.Equal((400, UsageOutcome.Refused), await host.NextUsageAsync(Token) is var usage ? (usage.Status, usage.Outcome) : default);

        var whole = Compressed(encoding, Encoding.UTF8.GetBytes(Ask));
        using var cut = await SendAsync(host, whole[..(whole.Length / 2)], encoding);
        Assert.Equal(HttpStatusCode.BadRequest, cut.StatusCode);
    }

    [Fact]
    public async Task A_zstd_frame_may_not_ask_for_more_memory_than_http_allows_it()
    {
        // Magic number, descriptor, window of 2^(10 + n) bytes, one raw block of one byte.
        static byte[] Frame(int n) => [0x28, 0xB5, 0x2F, 0xFD, 0, (byte)(n << 3), 0x09, 0, 0, (byte)'{'];
        await using var host = await StartAsync();
        using var modest = await SendAsync(host, Frame(13), "zstd");
        await Envelope.AssertAsync(modest, 400, "invalid_request_error", "invalid_json", null, Token);
        using var greedy = await SendAsync(host, Frame(14), "zstd");
        await Envelope.AssertAsync(greedy, 400, "invalid_request_error", "invalid_content_encoding", null, Token);
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("gzip, br")]
    [InlineData("gzip", "gzip")]
    [InlineData("identity, gzip")]
    public async Task Other_encodings_and_several_at_once_are_refused_with_those_that_are_known(params string[] encodings)
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = GatewayHost.Json(Ask) };
        request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encodings);
        using var response = await host.Client.SendAsync(request, Token);
        Assert.Equal("gzip, deflate, br, zstd", response.Headers.GetValues("Accept-Encoding").Single());
        await Envelope.AssertAsync(response, 415, "invalid_request_error", "unsupported_media_type", null, Token);
    }

    [Fact]
    public async Task Two_header_lines_of_encodings_are_refused()
    {
        await using var host = await StartAsync();
        var body = Encoding.ASCII.GetString("{}"u8);
        using var client = await RawClient.SendAsync(
            host.Address, $"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{body}", Token);
        Assert.StartsWith("HTTP/1.1 415", await client.ReadOnceAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_door_without_a_body_does_not_mind()
    {
        await using var host = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models") { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentEncoding.Add("zstd");
        using var response = await host.Client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<GatewayHost> StartAsync() => GatewayHost.StartAsync(new AppOptions { ChatBodyLimit = Limit }, null, Token);

    private static async Task<HttpResponseMessage> SendAsync(GatewayHost host, byte[] body, string encoding, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Content.Headers.ContentEncoding.Add(encoding);
        return await host.Client.SendAsync(request, Token);
    }

    private static byte[] Compressed(string encoding, byte[] body)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = encoding switch
        {
            "deflate" => new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true),
            "br" => new BrotliStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true),
            "zstd" => new CompressionStream(compressed, leaveOpen: true),
            "identity" => new BufferedStream(compressed),
            _ => new GZipStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true),
        })
            stream.Write(body);
        return compressed.ToArray();
    }
}
