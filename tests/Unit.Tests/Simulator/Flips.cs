using System.Text.Json.Nodes;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>One deviation from a valid request, and where it must be reported.</summary>
internal sealed record Flip(Func<GrokCall> From, Action<GrokCall> Change, string Section, string Item);

/// <summary>Deviations by name: forms of cookies, values of headers, values and combinations of body fields.</summary>
internal static class Flips
{
    public static readonly Dictionary<string, Flip> All = new()
    {
        ["sso alone"] = Cookie("sso=t", "sso-rw"),
        ["sso-rw alone"] = Cookie("sso-rw=t", "sso"),
        ["sso-rw differs"] = Cookie("sso=t; sso-rw=u", "sso-rw"),
        ["sso twice"] = Cookie("sso=t; sso-rw=t; sso=t", "sso"),
        ["sso empty"] = Cookie("sso=; sso-rw=", "sso"),
        ["sso pasted with its name"] = Cookie("sso=sso=t; sso-rw=sso=t", "sso"),
        ["sso not first"] = Cookie("cf_clearance=c; sso=t; sso-rw=t", "Cookie"),
        ["no blank after semicolon"] = Cookie("sso=t;sso-rw=t", "Cookie"),
        ["semicolon at the end"] = Cookie("sso=t; sso-rw=t;", "Cookie"),
        ["clearance twice"] = Cookie("sso=t; sso-rw=t; cf_clearance=a; cf_clearance=b", "cf_clearance"),
        ["clearance empty"] = Cookie("sso=t; sso-rw=t; cf_clearance=", "cf_clearance"),
        ["foreign cookie"] = Cookie("sso=t; sso-rw=t; xcf_clearance=a", "xcf_clearance"),
        ["control character in the cookie"] = Cookie("sso=t\tt; sso-rw=t\tt", "Cookie"),
        ["user id cookie of the socket"] = Cookie("sso=t; sso-rw=t; x-userid=u", "x-userid"),

        ["encodings without br"] = Header("Accept-Encoding", "gzip, deflate"),
        ["languages without a list"] = Header("Accept-Language", "en-US en"),
        ["content type with charset"] = Header("Content-Type", "application/json; charset=utf-8"),
        ["origin with slash"] = Header("Origin", "https://grok.com/"),
        ["origin of another host"] = Header("Origin", "https://example.com"),
        ["referer without slash"] = Header("Referer", "https://grok.com"),
        ["referer of another page"] = Header("Referer", "https://grok.com/imagine"),
        ["request id of another version"] = Header("x-xai-request-id", "0195f3a0-0000-7000-8000-000000000001"),
        ["request id in braces"] = Header("x-xai-request-id", "{5f0c5277-0000-4000-8000-000000000001}"),
        ["user agent of a library"] = Header("User-Agent", "curl/8.0"),
        ["hints of another version"] = Header("Sec-Ch-Ua", "\"Chromium\";v=\"120\""),
        ["hints say mobile"] = Header("Sec-Ch-Ua-Mobile", "?1"),
        ["hints of another platform"] = Header("Sec-Ch-Ua-Platform", "\"Windows\""),
        ["platform unquoted"] = Header("Sec-Ch-Ua-Platform", "Linux"),
        ["architecture unquoted"] = Header("Sec-Ch-Ua-Arch", "x86"),
        ["bitness unquoted"] = Header("Sec-Ch-Ua-Bitness", "64"),
        ["model named"] = Header("Sec-Ch-Ua-Model", "\"Pixel\""),
        ["hints without Chromium"] = new(Chat, call => call.Headers["User-Agent"] = "Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.0", "2.2", "Sec-Ch-Ua"),
        ["cache control other than no-cache"] = Header("Cache-Control", "max-age=0"),
        ["pragma other than no-cache"] = Header("Pragma", "cache"),
        ["telemetry blank"] = Header("x-statsig-id", " "),
        ["baggage blank"] = Header("Baggage", " "),
        ["trace context shown"] = Header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ["own request id shown"] = Header("x-request-id", "r"),
        ["client's key shown"] = Header("Authorization", "Bearer gf-1"),

        ["body not JSON"] = new(Chat, call => call.RawBody = "message=Hi", "3.1", "body"),
        ["body an array"] = new(Chat, call => call.RawBody = "[]", "3.1", "body"),
        ["field twice"] = new(Chat, call => call.RawBody = call.Body.ToJsonString()[..^1] + ",\"temporary\":true}", "3.1", "body"),
        ["unknown field"] = Field("stream", true),
        ["message blank"] = Field("message", " "),
        ["file attachment empty"] = Field("fileAttachments", new JsonArray("")),
        ["file attachment not a string"] = Field("fileAttachments", new JsonArray(7)),
        ["file attachment unknown"] = Field("fileAttachments", new JsonArray("7d1f0c52-3d1c-4a3c-9a5c-0d2b7c6f1e11")),
        ["image attachment given"] = Field("imageAttachments", new JsonArray("x")),
        ["search disabled"] = Field("disableSearch", true),
        ["image generation off"] = Field("enableImageGeneration", false),
        ["image bytes wanted"] = Field("returnImageBytes", true),
        ["raw request wanted"] = Field("returnRawGrokInXaiRequest", true),
        ["image streaming off"] = Field("enableImageStreaming", false),
        ["one image"] = Field("imageGenerationCount", 1),
        ["concise"] = Field("forceConcise", true),
        ["unknown tool"] = Field("toolOverrides", new JsonObject { ["webSearch"] = true }),
        ["tool switched off"] = Field("toolOverrides", new JsonObject { ["imageGen"] = false }),
        ["side by side off"] = Field("enableSideBySide", false),
        ["side by side forced"] = Field("forceSideBySide", true),
        ["no final metadata"] = Field("sendFinalMetadata", false),
        ["collection given"] = Field("collectionIds", new JsonArray("c")),
        ["connector given"] = Field("connectors", new JsonArray("c")),
        ["all connectors"] = Field("searchAllConnectors", true),
        ["short circuit disabled"] = Field("disableSelfHarmShortCircuit", true),
        ["no follow-ups in chat"] = Field("disableTextFollowUps", true),
        ["asynchronous"] = Field("isAsyncChat", true),
        ["unknown mode"] = Field("modeId", "grok-4"),
        ["reasoning in chat"] = Field("isReasoning", false),
        ["personality blank"] = Field("customPersonality", " "),
        ["personality null"] = Field("customPersonality", null),
        ["preset unknown"] = Field("deepsearchPreset", "deepest"),
        ["negative screen"] = new(Chat, call => call.Body["deviceEnvInfo"]!["screenWidth"] = -1, "3.1", "deviceEnvInfo.screenWidth"),
        ["fractional screen"] = new(Chat, call => call.Body["deviceEnvInfo"]!["screenWidth"] = 1920.5, "3.1", "deviceEnvInfo.screenWidth"),
        ["unknown device field"] = new(Chat, call => call.Body["deviceEnvInfo"]!["touch"] = true, "3.1", "deviceEnvInfo.touch"),

        ["mode and model"] = new(Chat, call => call.Body["modelName"] = "grok-3", "3.1", "modeId"),
        ["model in chat"] = new(Chat, call => SwapModel(call, "modeId", "modelName", "grok-3"), "3.1", "modelName"),
        ["mode in media"] = new(GrokCall.Video, call => SwapModel(call, "modelName", "modeId", "fast"), "3.1", "modeId"),
        ["media without model"] = new(GrokCall.Video, call => call.Body.Remove("modelName"), "3.1", "modelName"),
        ["unknown media model"] = new(GrokCall.Video, call => call.Body["modelName"] = "fast", "3.1", "modelName"),
        ["edit without isReasoning"] = new(GrokCall.ImageEdit, call => call.Body.Remove("isReasoning"), "3.1", "isReasoning"),
        ["edit that reasons"] = new(GrokCall.ImageEdit, call => call.Body["isReasoning"] = true, "3.1", "isReasoning"),
        ["edit with follow-ups"] = new(GrokCall.ImageEdit, call => call.Body["disableTextFollowUps"] = false, "3.1", "disableTextFollowUps"),

        ["override empty"] = Override("{}", "responseMetadata.modelConfigOverride"),
        ["override null"] = Override("null", "responseMetadata.modelConfigOverride"),
        ["temperature too high"] = Override("""{"temperature":2.5}""", "modelConfigOverride.temperature"),
        ["temperature a string"] = Override("""{"temperature":"1"}""", "modelConfigOverride.temperature"),
        ["topP too high"] = Override("""{"topP":1.5}""", "modelConfigOverride.topP"),
        ["effort unknown"] = Override("""{"reasoningEffort":"max"}""", "modelConfigOverride.reasoningEffort"),
        ["max tokens sent"] = Override("""{"max_tokens":5}""", "modelConfigOverride.max_tokens"),
        ["metadata of another name"] = new(Chat, call => call.Body["responseMetadata"]!["requestModelDetails"] = new JsonObject(), "3.2", "responseMetadata.requestModelDetails"),

        ["quota of a model"] = new(() => GrokCall.Quota("grok-4.20"), _ => { }, "7", "modelName"),
        ["quota with another field"] = new(() => GrokCall.Quota("fast"), call => call.Body["requestKind"] = "DEFAULT", "7", "requestKind"),
        ["upload with prefix"] = new(() => GrokCall.Upload("data:image/png;base64,aGk="), _ => { }, "8.1", "content"),
        ["upload without a type"] = new(() => GrokCall.Upload("aGk="), call => call.Body["fileMimeType"] = "png", "8.1", "fileMimeType"),
        ["upload without a name"] = new(() => GrokCall.Upload("aGk="), call => call.Body.Remove("fileName"), "8.1", "fileName"),
    };

    private static GrokCall Chat() => GrokCall.Chat("Hi");

    private static Flip Cookie(string value, string item) => new(Chat, call => call.Headers["Cookie"] = value, "2.1", item);

    private static Flip Header(string name, string value) => new(Chat, call => call.Headers[name] = value, "2.2", name);

    private static Flip Field(string name, JsonNode? value) => new(Chat, call => call.Body[name] = value?.DeepClone(), "3.1", name);

    private static Flip Override(string json, string item) => new(Chat, call => call.Body["responseMetadata"] = JsonNode.Parse("{\"modelConfigOverride\":" + json + "}"), "3.2", item);

    private static void SwapModel(GrokCall call, string from, string to, string value)
    {
        call.Body.Remove(from);
        call.Body[to] = value;
    }
}
