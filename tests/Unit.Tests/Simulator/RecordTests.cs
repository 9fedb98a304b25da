using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;
using Microsoft.Extensions.Time.Testing;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>What is remembered of requests: content, disconnects, and how many ran at once.</summary>
public sealed class RecordTests : SimulatorTest
{
    private readonly FakeTimeProvider time = new();

    protected override TimeProvider Time => time;

    [Fact]
    public async Task A_request_is_remembered_as_it_came()
    {
        var call = GrokCall.Chat("Hi", "sso-9", "expert");
        await BodyOfAsync(call);
        await Grok.UntilAsync(grok => grok.Chats is [{ Finished: true }], Token);
        var request = Grok.Chats[0];
        Assert.Equal(("POST", GrokCall.ChatPath, "sso-9", "expert", "Hi"), (request.Method, request.Path, request.Token, request.Mode, request.Message));
        Assert.Equal(call.Body.ToJsonString(), request.Text);
        Assert.Equal([call.Headers["x-xai-request-id"]], request.Headers["X-Xai-Request-Id"]);
        Assert.Equal(time.GetUtcNow(), request.ReceivedAt);
        Assert.Equal((200, true, false), (request.Status, request.Served, request.Disconnected));
    }

    [Fact]
    public async Task An_uploaded_file_is_remembered()
    {
        await BodyOfAsync(GrokCall.Upload("aGk=", "sso-9"));
        var file = Assert.Single(Grok.Files);
        Assert.Equal(("sso-9", "image-0.png", "image/png", "hi"), (file.Token, file.Name, file.MimeType, System.Text.Encoding.UTF8.GetString(file.Content.Span)));
    }

    [Theory]
    [InlineData("[[silent]]")]
    [InlineData("[[headers-only]]")]
    [InlineData("[[stall]]")]
    [InlineData("[[pace 60000]]")]
    [InlineData("[[delay 60000]]")]
    [InlineData("[[hold gate]]")]
    public async Task A_client_that_leaves_is_seen_leaving(string message)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var call = ReadAsync(GrokCall.Chat(message), leave.Token);
        await Grok.UntilAsync(grok => grok.InFlight == 1, Token);
        time.Advance(TimeSpan.FromSeconds(1));
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Grok.UntilAsync(grok => grok.InFlight == 0 && grok.Chats[0].Finished, Token);
        Assert.Equal(time.GetUtcNow(), Grok.Chats[0].DisconnectedAt);
    }

    [Fact]
    public async Task Nothing_comes_while_a_script_is_silent()
    {
        Grok.ForAnyToken.Next(Answer.Silent()).Next(Answer.HeadersOnly());
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var silent = Client.SendAsync(GrokCall.Chat("Hi").ToMessage(), HttpCompletionOption.ResponseHeadersRead, leave.Token);
        await Grok.UntilAsync(grok => grok.InFlight == 1, Token);

        using var response = await SendAsync(GrokCall.Chat("Hi"));
        await using var body = await response.Content.ReadAsStreamAsync(Token);
        var read = body.ReadAsync(new byte[1], leave.Token).AsTask();
        Assert.False(silent.IsCompleted);
        Assert.False(read.IsCompleted);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silent);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    [Fact]
    public async Task Objects_come_at_the_pace_of_the_clock()
    {
        Grok.ForAnyToken.Respond(Answer.Text("one two").EachAfter(TimeSpan.FromHours(1)));
        using var response = await SendAsync(GrokCall.Chat("Hi"));
        var body = response.Content.ReadAsStringAsync(Token);
        var start = time.GetUtcNow();
        while (!body.IsCompleted)
        {
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        Assert.Equal("one two", SaidIn((await body).Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.True(time.GetUtcNow() - start >= TimeSpan.FromHours(8));
    }

    [Fact]
    public async Task The_high_water_mark_is_the_most_that_ran_at_once()
    {
        Grok.ForAnyToken.Respond(Answer.Begin().Say("one ").Hold("gate").Say("two").End());
        var calls = Enumerable.Range(0, 30).Select(i => SaidAsync(GrokCall.Chat("Hi", "sso-" + (i % 3)))).ToList();
        await Grok.UntilAsync(grok => grok.Gate("gate").Waiting == 30, Token);
        Assert.Equal(30, Grok.InFlight);
        Grok.Gate("gate").Open();
        Assert.All(await Task.WhenAll(calls), said => Assert.Equal("one two", said));

        await BodyOfAsync(GrokCall.Chat("Hi"));
        Assert.Equal((30, 10, 0), (Grok.HighWater, Grok.HighWaterOf("sso-2"), Grok.InFlight));
    }

    [Fact]
    public async Task A_request_that_follows_on_the_end_of_another_never_counts_as_parallel()
    {
        Grok.Quota.Enforced = false;
        for (var i = 0; i < 300; i++)
        {
            await BodyOfAsync(GrokCall.Chat("Hi"));
        }

        Assert.Equal(1, Grok.HighWater);
    }

    [Fact]
    public async Task Hundreds_of_streams_run_in_parallel_without_a_violation()
    {
        Grok.Quota.Enforced = false;
        Grok.ForAnyToken.Respond(Answer.Begin().Say("one ").Hold("gate").Say("two").End());
        var calls = Enumerable.Range(0, 400).Select(_ => SaidAsync(GrokCall.Chat("Hi"))).ToList();
        await Grok.UntilAsync(grok => grok.Gate("gate").Waiting == 400, Token);
        Grok.Gate("gate").Open();
        Assert.All(await Task.WhenAll(calls), said => Assert.Equal("one two", said));
        Assert.Empty(Grok.Violations);
        Assert.Equal(400, Grok.Chats.Count(request => request.Surface is Surface.Chat && request.Served));
    }

    private async Task ReadAsync(GrokCall call, CancellationToken cancellationToken)
    {
        using var response = await Client.SendAsync(call.ToMessage(), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }
}
