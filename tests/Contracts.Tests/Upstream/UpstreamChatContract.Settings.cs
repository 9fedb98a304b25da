using GrokForge.Contracts.Chat;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>What waits for the settings.</content>
public abstract partial class UpstreamChatContract
{
    [Fact]
    public async Task Nothing_is_borrowed_or_sent_before_the_saved_settings_are_read()
    {
        var read = new TaskCompletionSource();
        SettingsReady = read.Task;
        Pool.Add(7, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("Hello"));
        await using var events = (await HomeAsync()).Chat.ChatAsync(Call("Hi"), Cancelled).GetAsyncEnumerator(Cancelled);
        var first = events.MoveNextAsync().AsTask();
        Assert.Equal((false, 0, 0), (first.IsCompleted, Pool.Wishes.Count, Grok.Requests.Count));

        read.SetResult();
        Assert.True(await first);
        Assert.Equal(ChatEvent.EventOneofCase.Tried, events.Current.EventCase);
        while (await events.MoveNextAsync())
        {
        }
    }
}
