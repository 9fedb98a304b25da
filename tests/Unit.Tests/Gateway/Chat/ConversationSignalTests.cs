using System.Text;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.AspNetCore.Http;

namespace GrokForge.Unit.Tests.Gateway.Chat;

public sealed class ConversationSignalTests
{
    private const string First = """{"role":"system","content":"Be brief"},{"role":"user","content":"Hi"}""";

    [Fact]
    public void A_conversation_that_goes_on_keeps_its_signal() =>
        Assert.Equal(Signal($$"""{"model":"m","messages":[{{First}}]}"""), Signal($$"""{"stream":true,"messages":[{{First}},{"role":"assistant","content":"Hello"},{"role":"user","content":"More"}],"model":"m"}"""));

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Ho"}]}""")]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"Be long"},{"role":"user","content":"Hi"}]}""")]
    [InlineData("""{"model":"m","user":"anna","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Hi"}]}""")]
    [InlineData("""{"model":"m","prompt_cache_key":"anna","messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"Hi"}]}""")]
    public void Another_conversation_has_another_one(string body) => Assert.NotEqual(Signal($$"""{"model":"m","messages":[{{First}}]}"""), Signal(body));

    [Fact]
    public void The_cache_key_counts_before_the_session_the_session_before_the_user_the_user_before_the_beginning()
    {
        const string messages = "\"messages\":[" + First + "]";
        var beginning = Signal($$"""{"model":"m",{{messages}}}""");
        var user = Signal($$"""{"model":"m","user":"u",{{messages}}}""");
        var session = Signal($$"""{"model":"m",{{messages}}}""", session: "s");
        var cache = Signal($$"""{"model":"m","prompt_cache_key":"c",{{messages}}}""");
        Assert.Equal(4, new HashSet<string> { beginning, user, session, cache }.Count);
        Assert.Equal(session, Signal($$"""{"model":"m","user":"u",{{messages}}}""", session: "s"));
        Assert.Equal(cache, Signal($$"""{"model":"m","user":"u","prompt_cache_key":"c",{{messages}}}""", session: "s"));
        Assert.Equal(user, Signal("""{"model":"m","user":"u","messages":[{"role":"user","content":"Else"}]}"""));
    }

    [Fact]
    public void Another_key_has_another_signal_of_the_same_conversation()
    {
        const string body = """{"model":"m","user":"u","messages":[{"role":"user","content":"Hi"}]}""";
        Assert.NotEqual(Signal(body, key: 1), Signal(body, key: 2));
    }

    [Fact]
    public void The_input_of_a_response_begins_a_conversation_too() => Assert.NotEqual("", Signal("""{"model":"m","input":[{"role":"user","content":"Hi"}]}"""));

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"system","content":"alone"}]}""", 3600)]
    [InlineData("""{"model":"m","messages":[7]}""", 3600)]
    [InlineData("""{"model":"m","prompt_cache_key":null,"user":7,"messages":[]}""", 3600)]
    [InlineData("""{"model":"m","user":"u","messages":[{"role":"user","content":"Hi"}]}""", 0)]
    public void Nothing_to_know_it_by_and_nobody_who_asks_give_none(string body, double ttl) => Assert.Equal("", Signal(body, ttl: ttl));

    [Fact]
    public void No_text_of_the_conversation_leaves_the_gateway() => Assert.Matches("^[0-9a-f]{32}$", Signal("""{"model":"m","user":"anna@example.com","messages":[]}"""));

    private static string Signal(string body, string session = "", long key = 1, double ttl = 3600)
    {
        var context = new DefaultHttpContext();
        context.Features.Set(new RequestKey(key, "mine", []));
        if (session.Length > 0)
            context.Request.Headers[ConversationSignal.Header] = session;
        var bytes = Encoding.UTF8.GetBytes(body);
        return ConversationSignal.Of(context, PassedBody.Read(bytes), bytes, new TokenOptions { AffinityTtlSeconds = ttl });
    }
}
