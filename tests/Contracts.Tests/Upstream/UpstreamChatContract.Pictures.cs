using System.Text;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Pictures, citations and notes in answers.</content>
public abstract partial class UpstreamChatContract
{
    private const string PicturePath = "users/u/generated/i1/image.jpg";

    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3, 4, 0xFF, 0xD9];

    [Fact]
    public async Task A_generated_picture_is_fetched_once_with_the_token_that_made_it()
    {
        Pool.Add(1, "tok-a");
        Grok.Assets.ForAnyToken.Respond(Answer.File(Jpeg, "image/png"));
        Grok.ForAnyToken.Respond(Answer.Begin().Say("Here it is").Image("i1", "users/u/generated/i1-part-0/image.jpg", 50, moderated: false)
            .Image("i1", PicturePath, 100, moderated: false).Final("Here it is", PicturePath));
        var events = await ChatAsync();
        var media = Assert.Single(events, e => e.EventCase == ChatEvent.EventOneofCase.Media).Media;
        Assert.Equal(Jpeg, media.Data.ToByteArray());
        Assert.Equal(("image/jpeg", "image"), (media.ContentType, media.Alt));
        Assert.Equal("Here it is\n", Text(events));
        var asset = Assert.Single(Grok.Requests, r => r.Surface == Surface.Asset);
        Assert.Equal(("tok-a", "/" + PicturePath), (asset.Token, asset.Path));
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(302)]
    [InlineData(200)]
    public async Task A_picture_that_cannot_be_fetched_becomes_its_words(int status)
    {
        Pool.Add(1, "tok-a");
        Grok.Assets.ForAnyToken.Respond(Answer.Status(status, "<html>no picture</html>", "image/png"));
        Grok.ForAnyToken.Respond(Answer.Begin().Token("See ![my cat](").Token(PicturePath).Token(") there").End());
        var events = await ChatAsync();
        Assert.Equal("See my cat there", Text(events));
        Assert.Equal(ChatEvent.EventOneofCase.Finished, events[^1].EventCase);
    }

    [Fact]
    public async Task A_picture_is_asked_for_again_where_the_upstream_was_only_busy()
    {
        Pool.Add(1, "tok-a");
        Grok.Assets.ForAnyToken.Next(Answer.Status(503)).Next(Answer.Status(429)).Respond(Answer.File(Jpeg, "image/jpeg"));
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", PicturePath, 100, moderated: false).Final(""));
        Assert.Single(await ChatAsync(), e => e.EventCase == ChatEvent.EventOneofCase.Media);
        Assert.Equal(3, Grok.Requests.Count(r => r.Surface == Surface.Asset));
    }

    [Fact]
    public async Task A_picture_beyond_the_limit_becomes_its_words()
    {
        Pool.Add(1, "tok-a");
        byte[] large = [.. Jpeg, .. new byte[20 * 1024 * 1024]];
        Grok.Assets.ForAnyToken.Respond(Answer.File(large, "image/jpeg"));
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", PicturePath, 100, moderated: false).Final(""));
        Assert.Equal("image", Text(await ChatAsync()));
    }

    [Fact]
    public async Task No_address_of_the_upstreams_media_leaves_however_the_answer_is_cut()
    {
        Pool.Add(1, "tok-a");
        var assets = Simulator.BaseAddress + PicturePath;
        var text = $"On grok.com: ![a]({PicturePath}) {assets} `https://assets.grok.com/{PicturePath}` [b](https://imagine-public.x.ai/b.png) {PicturePath}, users.";
        for (var step = 1; step < 24; step++)
        {
            var tokens = text.Chunk(step).Select(piece => new string(piece)).ToArray();
            Grok.ForAnyToken.Respond(tokens.Aggregate(Answer.Begin(), (a, t) => a.Token(t).Token(t, "summary", thinking: true, rollout: null)).End());
            var events = await ChatAsync();
            foreach (var said in events.Select(e => Encoding.UTF8.GetString(e.ToByteArray())))
            {
                Assert.DoesNotContain("generated", said, StringComparison.Ordinal);
                Assert.DoesNotContain("imagine-public.x.ai/", said, StringComparison.Ordinal);
            }
            Assert.Equal("On grok.com:   `image` [b]() , users.", Text(events));
        }
    }

    [Fact]
    public async Task Only_moderated_pictures_refuse_the_request_and_blame_no_token()
    {
        Pool.Add(1, "tok-a");
        Pool.Add(2, "tok-b");
        Grok.ForAnyToken.Respond(Answer.Begin().Image("i1", PicturePath, 100, moderated: true).Final("", PicturePath));
        var failed = (await ChatAsync())[^1].Failed;
        Assert.Equal((400, "content_policy_violation"), (failed.HttpStatus, failed.Code));
        Assert.Equal([LeaseOutcome.RefusedByPolicy], await SettledAsync(1));
        Assert.DoesNotContain(Grok.Requests, r => r.Surface == Surface.Asset);
    }

    [Fact]
    public async Task Notes_citations_and_sources_come_in_their_places()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Parse("[[tool]][[search]][[citation]] Hello there"));
        var events = await ChatAsync();
        Assert.Equal("[Grok][WebSearch] grok\n", string.Concat(events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Reasoning).Select(e => e.Reasoning.ToStringUtf8())));
        var citation = Assert.Single(events, e => e.EventCase == ChatEvent.EventOneofCase.Citation).Citation;
        Assert.Equal(("[[1]](https://example.com/a)", "https://example.com/a", "Example A"), (citation.Text.ToStringUtf8(), citation.Url, citation.Title));
        Assert.Equal(["web", "web", "x_post"], events.Where(e => e.EventCase == ChatEvent.EventOneofCase.Source).Select(e => e.Source.Type));
        Assert.Equal("Hello there", Text(events));
    }

    [Fact]
    public async Task A_request_may_say_itself_what_the_settings_say_for_all()
    {
        Pool.Add(1, "tok-a");
        var call = Call("Hi");
        call.Temporary = false;
        call.DisableMemory = false;
        call.CustomInstruction = "Be kind.";
        call.Deepsearch = "deeper";
        await ChatAsync(call);
        var body = Grok.Chats[0].Json!.Value;
        Assert.Equal((false, false, "Be kind.", "deeper"), (body.GetProperty("temporary").GetBoolean(), body.GetProperty("disableMemory").GetBoolean(),
            body.GetProperty("customPersonality").GetString(), body.GetProperty("deepsearchPreset").GetString()));
    }
}
