using System.Text.Json;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Contracts.Tokens;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Contracts.Tests.Upstream;

/// <content>Pictures and files: uploaded once per lease, attached by id, refused by the same rules as a chat.</content>
public abstract partial class UpstreamChatContract
{
    private static ByteString Bytes { get; } = ByteString.CopyFrom(1, 2, 3);

    [Fact]
    public async Task Pictures_and_files_are_uploaded_and_attached_in_order()
    {
        Pool.Add(1, "tok-a");
        Assert.Equal("Hello from the simulator. You said: Look", Text(await ChatAsync(Looking())));
        var files = Grok.Files.OrderBy(f => f.Id).ToList();
        Assert.Equal([("image-0.png", "image/png"), ("plan.pdf", "application/pdf")], files.Select(f => (f.Name, f.MimeType)));
        Assert.All(files, f => Assert.Equal([1, 2, 3], f.Content.ToArray()));
        Assert.Equal(files.Select(f => f.Id), Attached());
        Assert.Equal([LeaseOutcome.Succeeded], await SettledAsync(1));
    }

    [Fact]
    public async Task A_picture_without_a_word_is_served()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Respond(Answer.Text("A cat."));
        var call = Call("");
        call.Messages[0].Parts.Clear();
        call.Messages[0].Parts.Add(new Part { Image = new Image { Data = Bytes, ContentType = "image/jpeg" } });
        Assert.Equal("A cat.", Text(await ChatAsync(call)));
    }

    [Fact]
    public async Task A_try_again_on_the_same_token_uploads_nothing_again()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Status(503)).Respond(Answer.Text("ok"));
        Assert.Equal("ok", Text(await ChatAsync(Looking())));
        Assert.Equal(2, Grok.Chats.Count);
        Assert.Equal(2, Grok.Files.Count);
    }

    [Fact]
    public async Task A_correction_on_the_same_token_uploads_nothing_again()
    {
        Pool.Add(1, "tok-a");
        Grok.ForAnyToken.Next(Answer.Text("A cat.")).Respond(Answer.Text("{}"));
        var call = Looking();
        call.ResponseFormat = ByteString.CopyFromUtf8("""{"type":"json_object"}""");
        Assert.Equal("{}", Text(await ChatAsync(call)));
        Assert.Equal(2, Grok.Chats.Count);
        Assert.Equal(2, Grok.Files.Count);
    }

    [Fact]
    public async Task A_broken_upload_goes_on_where_it_broke()
    {
        Pool.Add(1, "tok-a");
        Grok.Uploads.ForToken("tok-a").Next(Answer.Status(503));
        Assert.Equal("Hello from the simulator. You said: Look", Text(await ChatAsync(Looking())));
        Assert.Equal(2, Grok.Files.Count);
    }

    [Fact]
    public async Task Another_token_gets_its_own_uploads()
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.ForToken("tok-a").Respond(Answer.Unauthorized());
        Grok.ForToken("tok-b").Respond(Answer.Text("ok"));
        Assert.Equal("ok", Text(await ChatAsync(Looking())));
        Assert.Equal(["tok-a", "tok-a", "tok-b", "tok-b"], Grok.Files.Select(f => f.Token).Order());
    }

    [Theory]
    [MemberData(nameof(NextTokenUploads))]
    public async Task A_token_refused_at_an_upload_is_settled_and_the_next_one_answers(string refusal, LeaseOutcome outcome)
    {
        Pool.Add(1, "tok-a").Add(2, "tok-b");
        Grok.Uploads.ForToken("tok-a").Respond(Script(refusal));
        Grok.ForToken("tok-b").Respond(Answer.Text("ok"));
        Assert.Equal("ok", Text(await ChatAsync(Looking())));
        Assert.Single(Grok.Chats);
        Assert.Equal([outcome, LeaseOutcome.Succeeded], (await SettledAsync(2)).Order(Comparer<LeaseOutcome>.Create((a, b) => (a == LeaseOutcome.Succeeded).CompareTo(b == LeaseOutcome.Succeeded))));
    }

    public static TheoryData<string, LeaseOutcome> NextTokenUploads => new()
    {
        { "401", LeaseOutcome.TokenInvalid },
        { "429", LeaseOutcome.QuotaExhausted },
        { "blocked", LeaseOutcome.TokenBlocked },
        { "forbidden", LeaseOutcome.TokenRejected },
        { "500", LeaseOutcome.UpstreamUnavailable },
    };

    [Fact]
    public async Task An_upload_without_an_id_is_a_502()
    {
        Pool.Add(1, "tok-a");
        Grok.Uploads.ForAnyToken.Respond(Answer.Json("{}"));
        var failed = Failure(await ChatAsync(Looking()));
        Assert.Equal((502, "upstream_error"), (failed.HttpStatus, failed.Code));
        Assert.Empty(Grok.Chats);
    }

    private static ChatCall Looking()
    {
        var call = Call("Look");
        call.Messages[0].Parts.Add(new Part { Image = new Image { Data = Bytes, ContentType = "image/png" } });
        call.Messages[0].Parts.Add(new Part { File = new Contracts.Chat.File { Data = Bytes, ContentType = "application/pdf", Name = "C:\\papers\\plan.pdf" } });
        return call;
    }

    private IEnumerable<string> Attached() =>
        Grok.Chats[^1].Json!.Value.GetProperty("fileAttachments").EnumerateArray().Select((JsonElement f) => f.GetString()!);
}
