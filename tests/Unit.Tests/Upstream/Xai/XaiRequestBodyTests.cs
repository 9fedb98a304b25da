using System.Text;
using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Upstream.Xai;

namespace GrokForge.Unit.Tests.Upstream.Xai;

public sealed class XaiRequestBodyTests
{
    [Theory]
    [InlineData("""{"model":"a","messages":[]}""", """{"stream":true,"stream_options":{"include_usage":true},"model":"grok","messages":[]}""", false)]
    [InlineData("""{"model":"a","stream":true}""", """{"stream_options":{"include_usage":true},"model":"grok","stream":true}""", false)]
    [InlineData("""{"model":"a","stream":null,"stream_options":null}""", """{"model":"grok","stream":true,"stream_options":{"include_usage":true}}""", false)]
    [InlineData("""{"model":"a","stream":true,"stream_options":{}}""", """{"model":"grok","stream":true,"stream_options":{"include_usage":true}}""", false)]
    [InlineData("""{"stream_options" : { "x" : [1] } ,"model":"a","stream":true}""", """{"stream_options" : {"include_usage":true, "x" : [1] } ,"model":"grok","stream":true}""", false)]
    [InlineData("""{"model":"a","stream":true,"stream_options":{"include_usage": false,"x":1}}""", """{"model":"grok","stream":true,"stream_options":{"include_usage": true,"x":1}}""", false)]
    [InlineData("""{"model":"a","stream":true,"stream_options":{"include_usage": true}}""", """{"model":"grok","stream":true,"stream_options":{"include_usage": true}}""", true)]
    public void A_stream_is_always_asked_for_its_usage(string body, string expected, bool showsUsage)
    {
        var sent = XaiRequestBody.Of(Call(body, whole: false), "grok");
        Assert.Equal((expected, showsUsage), (Encoding.UTF8.GetString(sent.Bytes), sent.ShowsUsage));
    }

    [Theory]
    [InlineData("""{ "model" : "a", "messages" : [ {"model":"inside"} ] }""", """{ "model" : "grok", "messages" : [ {"model":"inside"} ] }""")]
    [InlineData("""{"model":"a","mod\u0065l":"b"}""", """{"model":"grok","mod\u0065l":"grok"}""")]
    [InlineData("""{"model":"a","stream":null,"stream_options":{"include_usage":true}}""", """{"model":"grok","stream":false,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"model":"a","response_format":{"type":"json_object"},"x":"\ud83d"}""", """{"model":"grok","response_format":{"type":"json_object"},"x":"\ud83d"}""")]
    public void Of_a_whole_request_only_the_model_changes(string body, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(XaiRequestBody.Of(Call(body, whole: true), "grok").Bytes));

    [Fact]
    public void A_name_is_written_as_json() =>
        Assert.Equal("""{"model":"gr\"ö\\k"}""", Encoding.UTF8.GetString(XaiRequestBody.Of(Call("""{"model":"a"}""", whole: true), "gr\"ö\\k").Bytes));

    [Theory]
    [InlineData("""{"model":"a","prompt":"x"}""", """{"response_format":"b64_json","model":"grok","prompt":"x"}""")]
    [InlineData("""{"model":"a","response_format":"url"}""", """{"model":"grok","response_format":"b64_json"}""")]
    public void Pictures_are_always_asked_for_as_bytes(string body, string expected)
    {
        var call = Call(body, whole: true);
        call.Door = ChatCall.Types.Door.Images;
        Assert.Equal(expected, Encoding.UTF8.GetString(XaiRequestBody.Of(call, "grok").Bytes));
    }

    private static ChatCall Call(string body, bool whole) => new() { OpenaiBody = ByteString.CopyFromUtf8(body), Whole = whole };
}
