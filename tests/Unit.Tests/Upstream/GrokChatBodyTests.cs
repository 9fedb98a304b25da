using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class GrokChatBodyTests
{
    private const string Plain =
        """
        {"temporary":true,"message":"Grüße <b> \"x\"","fileAttachments":[],"imageAttachments":[],"disableSearch":false,"disableMemory":true,"enableImageGeneration":true,
         "returnImageBytes":false,"returnRawGrokInXaiRequest":false,"enableImageStreaming":true,"imageGenerationCount":2,"forceConcise":false,"toolOverrides":{},
         "enableSideBySide":true,"forceSideBySide":false,"sendFinalMetadata":true,"collectionIds":[],"connectors":[],"searchAllConnectors":false,"responseMetadata":{},
         "deviceEnvInfo":{"darkModeEnabled":false,"devicePixelRatio":2,"screenWidth":1920,"screenHeight":1080,"viewportWidth":1920,"viewportHeight":970},
         "disableSelfHarmShortCircuit":false,"disableTextFollowUps":false,"isAsyncChat":false,"modeId":"fast"}
        """;

    [Fact]
    public void A_plain_chat_has_every_field_and_no_override()
    {
        using var expected = JsonDocument.Parse(Plain);
        using var body = Write(Call(), new AppOptions());
        Assert.True(JsonElement.DeepEquals(expected.RootElement, body.RootElement), body.RootElement.GetRawText());
        Assert.Contains("Grüße <b>", body.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Uploaded_files_are_attached_by_id()
    {
        using var body = Write(Call(), new AppOptions(), "f-1", "f-2");
        Assert.Equal("""["f-1","f-2"]""", body.RootElement.GetProperty("fileAttachments").GetRawText());
        Assert.Equal("[]", body.RootElement.GetProperty("imageAttachments").GetRawText());
    }

    [Fact]
    public void Sampling_is_sent_only_when_given()
    {
        var call = Call();
        call.Temperature = 0;
        using (var body = Write(call, new AppOptions()))
            Assert.Equal("""{"modelConfigOverride":{"temperature":0}}""", Metadata(body));

        call.TopP = 0.5;
        call.ReasoningEffort = "low";
        using (var body = Write(call, new AppOptions()))
            Assert.Equal("""{"modelConfigOverride":{"temperature":0,"topP":0.5,"reasoningEffort":"low"}}""", Metadata(body));
    }

    [Fact]
    public void A_thinking_model_reasons_hard_unless_told_otherwise()
    {
        var call = Call();
        call.Routes[0].ForceThinking = true;
        using (var body = Write(call, new AppOptions()))
            Assert.Equal("""{"modelConfigOverride":{"reasoningEffort":"high"}}""", Metadata(body));

        call.ReasoningEffort = "none";
        using (var body = Write(call, new AppOptions()))
            Assert.Equal("""{"modelConfigOverride":{"reasoningEffort":"none"}}""", Metadata(body));
    }

    [Theory]
    [InlineData("default", true)]
    [InlineData("deeper", true)]
    [InlineData("other", false)]
    [InlineData("", false)]
    public void Only_known_deepsearch_presets_are_sent(string preset, bool sent)
    {
        var call = Call();
        call.Deepsearch = preset;
        using var body = Write(call, new AppOptions());
        Assert.Equal(sent, body.RootElement.TryGetProperty("deepsearchPreset", out _));
    }

    [Fact]
    public void The_operators_settings_are_sent()
    {
        using var body = Write(Call(), new AppOptions { Temporary = false, DisableMemory = false, CustomInstruction = " Be kind. " });
        Assert.False(body.RootElement.GetProperty("temporary").GetBoolean());
        Assert.False(body.RootElement.GetProperty("disableMemory").GetBoolean());
        Assert.Equal(" Be kind. ", body.RootElement.GetProperty("customPersonality").GetString());
    }

    private static string Metadata(JsonDocument body) => body.RootElement.GetProperty("responseMetadata").GetRawText();

    private static JsonDocument Write(ChatCall call, AppOptions app, params string[] files) => JsonDocument.Parse(GrokChatBody.Write(call, call.Routes[0], app, files));

    private static ChatCall Call() => new()
    {
        Model = "grok-4.20-fast",
        Routes = { new Route { Provider = "grok_web", UpstreamMode = "fast" } },
        Messages = { new Message { Role = "user", Parts = { new Part { Text = "Grüße <b> \"x\"" } } } },
    };
}
