using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Chat;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class PromptEstimateTests
{
    private readonly TokenEstimate _estimate = new(NullLogger<TokenEstimate>.Instance);

    // The figures of OpenAI's own examples for high detail, and the edges of a tile.
    [Theory]
    [InlineData(1024, 1024, 765)]
    [InlineData(2048, 4096, 1105)]
    [InlineData(512, 512, 255)]
    [InlineData(513, 512, 425)]
    [InlineData(1, 1, 255)]
    [InlineData(0, 0, 85)]
    public void A_picture_counts_by_its_size(int width, int height, int tokens) => Assert.Equal(tokens, PromptEstimate.PictureOf(width, height));

    [Fact]
    public async Task Texts_of_every_kind_are_counted()
    {
        var plain = await CountAsync(new ChatCall { Messages = { Said("Hello there"), Said("General Kenobi") } });
        var one = await CountAsync(new ChatCall { Messages = { Said("Hello there") } });
        Assert.True(plain > one);
        var called = Said("Hello there");
        called.ToolCalls = ByteString.CopyFromUtf8("""[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]""");
        Assert.True(await CountAsync(new ChatCall { Messages = { called } }) > one + 10);
        Assert.True(await CountAsync(new ChatCall { Messages = { Said("Hello there") }, Tools = ByteString.CopyFromUtf8("""[{"type":"function","function":{"name":"get_weather"}}]""") }) > one + 5);
        Assert.True(await CountAsync(new ChatCall { Messages = { Said("Hello there") }, CustomInstruction = "Answer like a pirate of the seventeenth century." }) > one + 5);
        Assert.Equal(one + 765, await CountAsync(new ChatCall { Messages = { Said("Hello there") } }, pictures: 765));
    }

    private ValueTask<int> CountAsync(ChatCall call, int pictures = 0) =>
        PromptEstimate.CountAsync(new ChatWork(call, Stream: false, IncludeUsage: false, TimeSpan.Zero) { PictureTokens = pictures }, _estimate);

    private static Message Said(string text) => new() { Role = "user", Parts = { new Part { Text = text } } };
}
