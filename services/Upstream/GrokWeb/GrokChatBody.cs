using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Upstream.GrokWeb;

/// <summary>Writes the body of a new conversation: {"temporary":true,"message":"Hi",…,"modeId":"fast"}</summary>
internal static class GrokChatBody
{
    /// <summary>Escapes what JSON demands and no more, as a browser does.</summary>
    public static JsonWriterOptions WriterOptions { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="files">Ids of the uploaded files.</param>
    public static ReadOnlyMemory<byte> Write(ChatCall call, Route route, AppOptions app, IReadOnlyList<string> files)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            json.WriteBoolean("temporary", call.HasTemporary ? call.Temporary : app.Temporary);
            json.WriteString("message", MessageFlattening.Flatten(call.Messages));
            WriteFiles(json, files);
            WriteEmptyArray(json, "imageAttachments");
            json.WriteBoolean("disableSearch", false);
            json.WriteBoolean("disableMemory", call.HasDisableMemory ? call.DisableMemory : app.DisableMemory);
            json.WriteBoolean("enableImageGeneration", true);
            json.WriteBoolean("returnImageBytes", false);
            json.WriteBoolean("returnRawGrokInXaiRequest", false);
            json.WriteBoolean("enableImageStreaming", true);
            json.WriteNumber("imageGenerationCount", 2);
            json.WriteBoolean("forceConcise", false);
            json.WriteStartObject("toolOverrides");
            json.WriteEndObject();
            json.WriteBoolean("enableSideBySide", true);
            json.WriteBoolean("forceSideBySide", false);
            json.WriteBoolean("sendFinalMetadata", true);
            WriteEmptyArray(json, "collectionIds");
            WriteEmptyArray(json, "connectors");
            json.WriteBoolean("searchAllConnectors", false);
            WriteResponseMetadata(json, call, route);
            WriteDevice(json);
            json.WriteBoolean("disableSelfHarmShortCircuit", false);
            json.WriteBoolean("disableTextFollowUps", false);
            json.WriteBoolean("isAsyncChat", false);
            json.WriteString("modeId", route.UpstreamMode);
            var instruction = call.HasCustomInstruction ? call.CustomInstruction : app.CustomInstruction;
            if (!string.IsNullOrWhiteSpace(instruction))
                json.WriteString("customPersonality", instruction);
            if (call.Deepsearch is "default" or "deeper")
                json.WriteString("deepsearchPreset", call.Deepsearch);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    /// <summary>{"modelConfigOverride":{"temperature":0.7}}, and only what the client gave; without anything, {}.</summary>
    private static void WriteResponseMetadata(Utf8JsonWriter json, ChatCall call, Route route)
    {
        var effort = call.ReasoningEffort.Length > 0 ? call.ReasoningEffort : route.ForceThinking ? "high" : "";
        json.WriteStartObject("responseMetadata");
        if (call.HasTemperature || call.HasTopP || effort.Length > 0)
        {
            json.WriteStartObject("modelConfigOverride");
            if (call.HasTemperature)
                json.WriteNumber("temperature", call.Temperature);
            if (call.HasTopP)
                json.WriteNumber("topP", call.TopP);
            if (effort.Length > 0)
                json.WriteString("reasoningEffort", effort);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json)
    {
        json.WriteStartObject("deviceEnvInfo");
        json.WriteBoolean("darkModeEnabled", false);
        json.WriteNumber("devicePixelRatio", 2);
        json.WriteNumber("screenWidth", 1920);
        json.WriteNumber("screenHeight", 1080);
        json.WriteNumber("viewportWidth", 1920);
        json.WriteNumber("viewportHeight", 970);
        json.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter json, IReadOnlyList<string> files)
    {
        json.WriteStartArray("fileAttachments");
        foreach (var file in files)
            json.WriteStringValue(file);
        json.WriteEndArray();
    }

    private static void WriteEmptyArray(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        json.WriteEndArray();
    }
}
