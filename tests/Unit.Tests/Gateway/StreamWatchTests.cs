using System.Text;
using GrokForge.TestKit;

namespace GrokForge.Unit.Tests.Gateway;

/// <summary>What the tests' own clients notice of a stream, however it is read.</summary>
public sealed class StreamWatchTests
{
    private const string Chunk = """data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{%},"logprobs":null,"finish_reason":#}]}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";

    private static readonly string Role = Chunk.Replace("%", "\"role\":\"assistant\",\"content\":\"\"", StringComparison.Ordinal).Replace("#", "null", StringComparison.Ordinal);
    private static readonly string Stop = Chunk.Replace("%", "", StringComparison.Ordinal).Replace("#", "\"stop\"", StringComparison.Ordinal);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_that_keeps_the_contract_is_handed_on()
    {
        using var client = Client(Role + Stop + Done);
        Assert.Equal(Role + Stop + Done, await client.GetStringAsync(new Uri("http://gateway/"), Cancelled));
    }

    [Fact]
    public async Task A_stream_without_its_end_cannot_be_read_unnoticed()
    {
        using var client = Client(Role + Stop);
        await Assert.ThrowsAsync<SseViolationException>(() => client.GetStringAsync(new Uri("http://gateway/"), Cancelled));
        using var response = await client.GetAsync(new Uri("http://gateway/"), HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancelled));
        await Assert.ThrowsAsync<SseViolationException>(() => reader.ReadToEndAsync(Cancelled));
    }

    [Fact]
    public async Task A_stream_that_is_left_must_have_begun_well()
    {
        Assert.Null(await LeaveAsync(Role + Stop + Done));
        Assert.IsType<SseViolationException>(await LeaveAsync(Stop + Role + Done));
    }

    [Fact]
    public async Task Usage_that_nobody_asked_for_is_noticed()
    {
        using var client = Client((Role + Stop).Replace("}]}\n", "}],\"usage\":null}\n", StringComparison.Ordinal) + Done);
        await Assert.ThrowsAsync<SseViolationException>(() => client.GetStringAsync(new Uri("http://gateway/"), Cancelled));
    }

    [Fact]
    public async Task Usage_that_was_asked_for_must_come()
    {
        using var client = Client(Role + Stop + Done);
        using var ask = new StringContent("""{"stream":true,"stream_options":{"include_usage":true}}""");
        await Assert.ThrowsAsync<SseViolationException>(() => client.PostAsync(new Uri("http://gateway/"), ask, Cancelled));
    }

    private static async Task<Exception?> LeaveAsync(string stream)
    {
        using var client = Client(stream);
        using var response = await client.GetAsync(new Uri("http://gateway/"), HttpCompletionOption.ResponseHeadersRead, Cancelled);
        var body = await response.Content.ReadAsStreamAsync(Cancelled);
        Assert.NotEqual(0, await body.ReadAsync(new byte[Role.Length + Stop.Length + 1], Cancelled));
        return await Record.ExceptionAsync(() => body.DisposeAsync().AsTask());
    }

    private static HttpClient Client(string stream) => WatchedClient.Of(null, new Fixed(stream));

    /// <summary>A gateway that streams always the same.</summary>
    private sealed class Fixed(string stream) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(stream)) };
            response.Content.Headers.ContentType = new("text/event-stream");
            response.Headers.CacheControl = new() { NoCache = true };
            return Task.FromResult(response);
        }
    }
}
