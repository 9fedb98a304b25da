using System.Text.Json;
using GrokForge.Simulator.Rules;
using static GrokForge.Simulator.Rules.FieldValues;

namespace GrokForge.Simulator.GrokWeb.Chat;

/// <summary>Checks the body of a chat request against every row of §3.1 and against §3.2.</summary>
internal static class ChatBodyRules
{
    private const string Section = "3.1";
    private const string OverrideSection = "3.2";

    private static readonly string[] ModeIds = ["auto", "fast", "expert", "heavy", "grok-420-computer-use-sa"];

    private static readonly FieldRule[] Fields =
    [
        new("temporary", true, "a boolean", IsBool),
        new("message", true, "a string", IsString),
        new("fileAttachments", true, "an array of file ids, [] when there are none", IsStringArray),
        new("imageAttachments", true, "[]", IsEmptyArray),
        new("disableSearch", true, "false", IsFalse),
        new("disableMemory", true, "a boolean", IsBool),
        new("enableImageGeneration", true, "true", IsTrue),
        new("returnImageBytes", true, "false", IsFalse),
        new("returnRawGrokInXaiRequest", true, "false", IsFalse),
        new("enableImageStreaming", true, "true", IsTrue),
        new("imageGenerationCount", true, "2", IsInt(2)),
        new("forceConcise", true, "false", IsFalse),
        new("toolOverrides", true, "{}, {\"imageGen\":true} or {\"videoGen\":true}", IsToolOverrides),
        new("enableSideBySide", true, "true", IsTrue),
        new("forceSideBySide", true, "false", IsFalse),
        new("sendFinalMetadata", true, "true", IsTrue),
        new("collectionIds", true, "[]", IsEmptyArray),
        new("connectors", true, "[]", IsEmptyArray),
        new("searchAllConnectors", true, "false", IsFalse),
        new("responseMetadata", true, "{} or an object with modelConfigOverride", IsObject),
        new("deviceEnvInfo", true, "an object", IsObject),
        new("disableSelfHarmShortCircuit", true, "false", IsFalse),
        new("disableTextFollowUps", true, "a boolean", IsBool),
        new("isAsyncChat", true, "false", IsFalse),
        new("modeId", false, "one of the known modes", IsOneOf(ModeIds)),
        new("modelName", false, "one of the known media models", IsOneOf("imagine-image-edit", "grok-3", "imagine-video-gen")),
        new("isReasoning", false, "false", IsFalse),
        new("customPersonality", false, "a string that is not blank", IsFilledString),
        new("deepsearchPreset", false, "\"default\" or \"deeper\"", IsOneOf("default", "deeper")),
    ];

    private static readonly FieldRule[] DeviceFields =
    [
        new("darkModeEnabled", true, "a boolean", IsBool),
        new("devicePixelRatio", true, "a positive number", IsPositiveNumber),
        new("screenWidth", true, "a positive integer", IsPositiveInt),
        new("screenHeight", true, "a positive integer", IsPositiveInt),
        new("viewportWidth", true, "a positive integer", IsPositiveInt),
        new("viewportHeight", true, "a positive integer", IsPositiveInt),
    ];

    private static readonly FieldRule[] OverrideFields =
    [
        new("temperature", false, "a number from 0 to 2", IsNumberIn(0, 2)),
        new("topP", false, "a number from 0 to 1", IsNumberIn(0, 1)),
        new("reasoningEffort", false, "one of the known efforts", IsOneOf("none", "minimal", "low", "medium", "high", "xhigh")),
        new("modelMap", false, "an object", IsObject),
    ];

    /// <param name="body">The parsed body.</param>
    /// <param name="isUploaded">Tells the file ids that were uploaded with the same token.</param>
    /// <param name="findings">Takes what is wrong.</param>
    public static void Check(JsonElement body, Func<string, bool> isUploaded, Findings findings)
    {
        if (!IsObject(body))
        {
            findings.Add(Section, "body", "must be an object");
            return;
        }

        FieldRule.CheckAll(body, Fields, Section, "", findings);
        if (body.TryGetProperty("deviceEnvInfo", out var device) && IsObject(device))
        {
            FieldRule.CheckAll(device, DeviceFields, Section, "deviceEnvInfo.", findings);
        }

        CheckModel(body, findings);
        CheckMessage(body, isUploaded, findings);
        CheckOverrides(body, findings);
    }

    /// <summary>The model is named by modeId in chat and by modelName for media; toolOverrides tells which it is.</summary>
    private static void CheckModel(JsonElement body, Findings findings)
    {
        var tool = body.TryGetProperty("toolOverrides", out var overrides) && IsObject(overrides) ? overrides.EnumerateObject().Select(property => property.Name).FirstOrDefault("") : "";
        var hasMode = body.TryGetProperty("modeId", out _);
        var hasModel = body.TryGetProperty("modelName", out _);
        findings.Require(!(hasMode && hasModel), Section, "modeId", "and modelName exclude each other");
        if (tool.Length == 0)
        {
            findings.Require(hasMode, Section, "modeId", "is missing; chat requires it");
            findings.Require(!hasModel, Section, "modelName", "is for media only");
        }
        else
        {
            findings.Require(hasModel, Section, "modelName", "is missing; media require it");
            findings.Require(!hasMode, Section, "modeId", "is for chat only");
        }

        var isEdit = tool == "imageGen";
        findings.Require(body.TryGetProperty("isReasoning", out _) == isEdit, Section, "isReasoning", "is sent for image edit, and only there");
        findings.Require(
            !body.TryGetProperty("disableTextFollowUps", out var followUps) || !IsBool(followUps) || followUps.GetBoolean() == isEdit,
            Section,
            "disableTextFollowUps",
            "must be true for image edit and false otherwise");
    }

    private static void CheckMessage(JsonElement body, Func<string, bool> isUploaded, Findings findings)
    {
        var files = body.TryGetProperty("fileAttachments", out var attachments) && IsStringArray(attachments)
            ? attachments.EnumerateArray().Select(file => file.GetString()!).ToList()
            : [];
        if (body.TryGetProperty("message", out var message) && IsString(message))
        {
            findings.Require(files.Count > 0 || IsFilledString(message), Section, "message", "must not be blank without attachments");
        }

        foreach (var file in files.Where(file => !isUploaded(file)))
        {
            findings.Add(Section, "fileAttachments", $"names '{file}', which this token has not uploaded");
        }
    }

    private static void CheckOverrides(JsonElement body, Findings findings)
    {
        if (!body.TryGetProperty("responseMetadata", out var metadata) || !IsObject(metadata))
        {
            return;
        }

        FieldRule.CheckAll(metadata, [new("modelConfigOverride", false, "an object with at least one value", value => IsObject(value) && value.EnumerateObject().Any())], OverrideSection, "responseMetadata.", findings);
        if (metadata.TryGetProperty("modelConfigOverride", out var values) && IsObject(values))
        {
            FieldRule.CheckAll(values, OverrideFields, OverrideSection, "modelConfigOverride.", findings);
        }
    }

    private static bool IsToolOverrides(JsonElement value)
    {
        if (!IsObject(value))
        {
            return false;
        }

        var tools = value.EnumerateObject().ToList();
        return tools.Count == 0 || (tools.Count == 1 && tools[0].Name is "imageGen" or "videoGen" && IsTrue(tools[0].Value));
    }
}
