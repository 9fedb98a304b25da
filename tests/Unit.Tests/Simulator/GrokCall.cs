using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace GrokForge.Unit.Tests.Simulator;

/// <summary>A request to the simulated upstream: begins as a valid one, and tests change what they like.</summary>
internal sealed class GrokCall
{
    public const string ChatPath = "/rest/app-chat/conversations/new";
    public const string QuotaPath = "/rest/rate-limits";
    public const string UploadPath = "/rest/app-chat/upload-file";

    private const string Chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36";

    private GrokCall(string path, string token, JsonObject body)
    {
        Path = path;
        Body = body;
        Headers = new(StringComparer.OrdinalIgnoreCase)
        {
            ["Accept"] = "*/*",
            ["Accept-Encoding"] = "gzip, deflate, br",
            ["Accept-Language"] = "en-US,en;q=0.9",
            ["Content-Type"] = "application/json",
            ["Cookie"] = $"sso={token}; sso-rw={token}",
            ["Origin"] = "https://grok.com",
            ["Referer"] = "https://grok.com/",
            ["Priority"] = "u=1, i",
            ["Sec-Fetch-Dest"] = "empty",
            ["Sec-Fetch-Mode"] = "cors",
            ["Sec-Fetch-Site"] = "same-origin",
            ["User-Agent"] = Chrome,
            ["Sec-Ch-Ua"] = "\"Chromium\";v=\"136\", \"Google Chrome\";v=\"136\", \"Not.A/Brand\";v=\"99\"",
            ["Sec-Ch-Ua-Mobile"] = "?0",
            ["Sec-Ch-Ua-Platform"] = "\"Linux\"",
            ["Sec-Ch-Ua-Arch"] = "\"x86\"",
            ["Sec-Ch-Ua-Bitness"] = "\"64\"",
            ["Sec-Ch-Ua-Model"] = "\"\"",
            ["x-xai-request-id"] = Guid.NewGuid().ToString(),
        };
    }

    public string Path { get; }

    public Dictionary<string, string> Headers { get; }

    public JsonObject Body { get; }

    /// <summary>Sent instead of the body where it is set.</summary>
    public string? RawBody { get; set; }

    public static GrokCall Chat(string message, string token = "sso-1", string mode = "fast")
    {
        var body = CommonBody(message);
        body["modeId"] = mode;
        return new(ChatPath, token, body);
    }

    /// <summary>A chat request with every optional field.</summary>
    public static GrokCall FullChat(string fileId)
    {
        var call = Chat("What is in this picture?");
        call.Body["fileAttachments"] = new JsonArray(fileId);
        call.Body["responseMetadata"] = JsonNode.Parse("""{"modelConfigOverride":{"temperature":0.7,"topP":0.9,"reasoningEffort":"high"}}""");
        call.Body["customPersonality"] = "Be brief.";
        call.Body["deepsearchPreset"] = "deeper";
        return call;
    }

    public static GrokCall ImageEdit()
    {
        var body = CommonBody("make it blue");
        body["toolOverrides"] = new JsonObject { ["imageGen"] = true };
        body["disableTextFollowUps"] = true;
        body["modelName"] = "imagine-image-edit";
        body["isReasoning"] = false;
        return new(ChatPath, "sso-1", body);
    }

    public static GrokCall Video()
    {
        var body = CommonBody("a dog --mode=custom");
        body["toolOverrides"] = new JsonObject { ["videoGen"] = true };
        body["modelName"] = "grok-3";
        body["responseMetadata"] = JsonNode.Parse("""{"modelConfigOverride":{"modelMap":{"videoGenModelConfig":{"videoLength":6}}}}""");
        return new(ChatPath, "sso-1", body);
    }

    public static GrokCall Quota(string mode, string token = "sso-1") => new(QuotaPath, token, new() { ["modelName"] = mode });

    public static GrokCall Upload(string content, string token = "sso-1") =>
        new(UploadPath, token, new() { ["fileName"] = "image-0.png", ["fileMimeType"] = "image/png", ["content"] = content });

    public HttpRequestMessage ToMessage()
    {
        var message = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(RawBody ?? Body.ToJsonString())) };
        foreach (var (name, value) in Headers)
        {
            HttpHeaders target = name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase) ? message.Content.Headers : message.Headers;
            target.TryAddWithoutValidation(name, value);
        }

        return message;
    }

    /// <summary>The request as bytes on the wire, for a client that looks at the raw answer.</summary>
    public string ToWire(string host)
    {
        var body = RawBody ?? Body.ToJsonString();
        var headers = string.Concat(Headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
        return string.Create(CultureInfo.InvariantCulture, $"POST {Path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n{headers}\r\n{body}");
    }

    private static JsonObject CommonBody(string message) => new()
    {
        ["temporary"] = true,
        ["message"] = message,
        ["fileAttachments"] = new JsonArray(),
        ["imageAttachments"] = new JsonArray(),
        ["disableSearch"] = false,
        ["disableMemory"] = true,
        ["enableImageGeneration"] = true,
        ["returnImageBytes"] = false,
        ["returnRawGrokInXaiRequest"] = false,
        ["enableImageStreaming"] = true,
        ["imageGenerationCount"] = 2,
        ["forceConcise"] = false,
        ["toolOverrides"] = new JsonObject(),
        ["enableSideBySide"] = true,
        ["forceSideBySide"] = false,
        ["sendFinalMetadata"] = true,
        ["collectionIds"] = new JsonArray(),
        ["connectors"] = new JsonArray(),
        ["searchAllConnectors"] = false,
        ["responseMetadata"] = new JsonObject(),
        ["deviceEnvInfo"] = new JsonObject
        {
            ["darkModeEnabled"] = false,
            ["devicePixelRatio"] = 2,
            ["screenWidth"] = 1920,
            ["screenHeight"] = 1080,
            ["viewportWidth"] = 1920,
            ["viewportHeight"] = 970,
        },
        ["disableSelfHarmShortCircuit"] = false,
        ["disableTextFollowUps"] = false,
        ["isAsyncChat"] = false,
    };
}
