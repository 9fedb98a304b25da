using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator.Scripts;
using ZstdSharp;

namespace GrokForge.EndToEnd.Tests.Scenarios;

/// <summary>Bodies on their way: requests that were compressed, whole answers that show signs of life.</summary>
public abstract class BodyScenarios(Home home) : HomeScenarios(home)
{
    private static readonly Uri Door = new("v1/chat/completions", UriKind.Relative);

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_compressed_chat_is_answered(string encoding)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var body = Compressed(JsonSerializer.SerializeToUtf8Bytes(Chats.Body("Hello there")), encoding);
        using var answer = await client.PostAsync(Door, body, Cancelled);
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
    }

    [Fact]
    public async Task A_byte_order_mark_before_a_body_does_not_matter_and_another_encoding_is_a_bad_request()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var json = JsonSerializer.Serialize(Chats.Body("Hello there"));
        using var marked = new StringContent("\uFEFF" + json, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync(Door, marked, Cancelled);
        Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());

        using var utf16 = new ByteArrayContent([0xFF, 0xFE, .. Encoding.Unicode.GetBytes(json)]) { Headers = { ContentType = new("application/json") } };
        using var refused = await client.PostAsync(Door, utf16, Cancelled);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_json"), (refused.StatusCode, (await refused.ErrorAsync()).GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("zstd")]
    public async Task A_small_body_that_becomes_a_huge_one_is_too_large(string encoding)
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var huge = Encoding.ASCII.GetBytes(new string(' ', 40 << 20));
        using var bomb = Compressed(huge, encoding);
        Assert.True((await bomb.ReadAsByteArrayAsync(Cancelled)).Length < 1_000_000, "The bomb is small on the wire.");
        using var answer = await client.PostAsync(Door, bomb, Cancelled);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"), (answer.StatusCode, (await answer.ErrorAsync()).GetProperty("code").GetString()));
        Assert.Empty(Home.Grok.Chats);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_too_large_and_one_below_is_answered()
    {
        await Home.ImportTokensAsync(1);
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        var chat = JsonSerializer.SerializeToUtf8Bytes(Chats.Body("Hello there"));
        var below = new byte[10 << 20];
        below.AsSpan().Fill((byte)' ');
        chat.CopyTo(below, 0);
        using (var answer = await client.PostAsync(Door, Json(below), Cancelled))
            Assert.Equal("Hello from the simulator. You said: Hello there", await answer.ContentAsync());
        using var refused = await client.PostAsync(Door, Json([.. below, (byte)' ']), Cancelled);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "request_too_large"), (refused.StatusCode, (await refused.ErrorAsync()).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task An_unknown_encoding_is_refused_with_those_that_are_known()
    {
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var body = Json("{}"u8.ToArray());
        body.Headers.ContentEncoding.Add("compress");
        using var answer = await client.PostAsync(Door, body, Cancelled);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "unsupported_media_type"), (answer.StatusCode, (await answer.ErrorAsync()).GetProperty("code").GetString()));
        Assert.Equal("gzip, deflate, br, zstd", answer.Headers.GetValues("Accept-Encoding").Single());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_whole_answer_that_takes_long_shows_signs_of_life_where_they_are_asked_for(bool succeeds)
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(succeeds ? Answer.Text("Here it is").HeadersAtGate("end") : Answer.Status(503).HeadersAtGate("end"));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        client.DefaultRequestHeaders.Add("x-keep-alive", "true");
        await Home.PutConfigAsync(new { app = new { stream_commit_after = 0.2 } });
        try
        {
            // The upstream says nothing yet: the headers and a blank come before it does.
            using var request = new HttpRequestMessage(HttpMethod.Post, Door) { Content = JsonContent.Create(Chats.Body("Take your time")) };
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            await using var body = await answer.Content.ReadAsStreamAsync(Cancelled);
            Assert.Equal(' ', body.ReadByte());
            Home.Grok.Gate("end").Open();
            using var reader = new StreamReader(body);
            var told = JsonDocument.Parse(await reader.ReadToEndAsync(Cancelled)).RootElement;
            Assert.Equal(succeeds ? "Here it is" : "upstream_error", succeeds
                ? told.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()
                : told.GetProperty("error").GetProperty("code").GetString());
        }
        finally
        {
            await Home.PutConfigAsync(new { app = new { stream_commit_after = 10 } });
        }
    }

    [Fact]
    public async Task A_whole_answer_keeps_its_status_where_no_signs_of_life_are_asked_for()
    {
        await Home.ImportTokensAsync(1);
        Home.Grok.ForAnyToken.Respond(Answer.Status(503));
        using var client = Home.Client((await Home.CreateKeyAsync()).Key);
        using var answer = await client.ChatAsync("Take your time");
        Assert.Equal((HttpStatusCode.BadGateway, "upstream_error"), (answer.StatusCode, (await answer.ErrorAsync()).GetProperty("code").GetString()));
    }

    private static ByteArrayContent Compressed(byte[] plain, string encoding)
    {
        using var compressed = new MemoryStream();
        using (Stream into = encoding switch
        {
            "gzip" => new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(compressed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new CompressionStream(compressed, leaveOpen: true),
        })
        {
            into.Write(plain);
        }

        var body = Json(compressed.ToArray());
        body.Headers.ContentEncoding.Add(encoding);
        return body;
    }

    private static ByteArrayContent Json(byte[] bytes)
    {
        var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = new("application/json");
        return body;
    }
}

/// <summary>Bodies in one process.</summary>
[Collection(AllInOneCollection.Name)]
public sealed class BodiesInAllInOne(AllInOneHome home) : BodyScenarios(home);

/// <summary>Bodies over separate processes.</summary>
[Collection(DistributedCollection.Name)]
public sealed class BodiesOverServices(DistributedHome home) : BodyScenarios(home);
