using GrokForge.ServiceDefaults.Settings;
using GrokForge.TestKit;
using Microsoft.Extensions.Time.Testing;
using static GrokForge.Contracts.Tests.Gateway.ScriptedUpstream;

namespace GrokForge.Contracts.Tests.Gateway;

/// <summary>Streams that are silent or long, on a simulated clock.</summary>
public sealed class ChatPingTests
{
    private const string Ask = """{"model":"grok-4.20","stream":true,"messages":[{"role":"user","content":"Hi"}]}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upstream_silent_for_40_seconds_is_bridged_by_pings()
    {
        var time = new FakeTimeProvider();
        await using var host = await GatewayHost.StartAsync(null, time, Token);
        var live = host.Upstream.SaysLive();
        var asking = host.ChatAsync(Ask, Token);
        await host.Upstream.Calls.Reader.ReadAsync(Token);
        time.Advance(TimeSpan.FromSeconds(10));
        using var response = await asking;
        time.Advance(TimeSpan.FromSeconds(15));
        time.Advance(TimeSpan.FromSeconds(15));
        await live.Writer.WriteAsync(Text("late"), Token);
        await live.Writer.WriteAsync(Finished(), Token);
        live.Writer.Complete();
        var stream = await SseTranscript.ReadAsync(response, usageAsked: false, Token);
        Assert.Equal((2, "late", "stop"), (stream.Pings, stream.Content, stream.FinishReason));
    }

    [Fact]
    public async Task A_stream_of_400_seconds_is_pinged_between_its_events_and_ends_well()
    {
        var time = new FakeTimeProvider();
        await using var host = await GatewayHost.StartAsync(new AppOptions { Thinking = false }, time, Token);
        var live = host.Upstream.SaysLive();
        await live.Writer.WriteAsync(Text("begun "), Token);
        using var response = await host.ChatAsync(Ask, Token);
        using var body = new LiveBody(await response.Content.ReadAsStreamAsync(Token));
        await body.ReadUntilAsync("begun ", Token);
        for (var i = 1; i <= 20; i++)
        {
            // Reasoning that is not shown is silence to the client.
            time.Advance(TimeSpan.FromSeconds(10));
            await live.Writer.WriteAsync(Reasoning("hm"), Token);
            time.Advance(TimeSpan.FromSeconds(10));
            await live.Writer.WriteAsync(Text($"<{i}>"), Token);
            await body.ReadUntilAsync($"<{i}>", Token);
        }

        await live.Writer.WriteAsync(Finished(), Token);
        live.Writer.Complete();
        await body.ReadUntilAsync("[DONE]", Token);
        var stream = SseTranscript.Parse(body.Text);
        Assert.Equal("stop", stream.FinishReason);
        Assert.Equal(20, stream.Pings);
    }
}
