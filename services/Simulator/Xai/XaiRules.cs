using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;

namespace GrokForge.Simulator.Xai;

/// <summary>What a well-behaved client of the official API sends.</summary>
internal static class XaiRules
{
    private const string Section = "xai";

    /// <summary>Rules of every path.</summary>
    public static void Check(ReceivedRequest request, Findings findings)
    {
        findings.Require(request.Token.Length > 0, Section, "authorization", "must be a Bearer key");
        findings.Require(!request.Headers.ContainsKey("Cookie"), Section, "cookie", "must not be sent");
        findings.Require(!request.Headers.ContainsKey("traceparent"), Section, "traceparent", "must not be sent");
        if (request.Method == HttpMethods.Post)
        {
            findings.Require(request.Headers.TryGetValue("Content-Type", out var type) && type[0] == "application/json", Section, "content-type", "must be application/json");
            findings.Require(request.Json is { ValueKind: JsonValueKind.Object }, Section, "body", "must be a JSON object");
        }
    }

    public static void CheckChat(ReceivedRequest request, Findings findings)
    {
        CheckModel(request, findings);
        if (request.Json is not { ValueKind: JsonValueKind.Object } body)
        {
            return;
        }

        findings.Require(body.TryGetProperty("messages", out var messages) && messages.ValueKind is JsonValueKind.Array, Section, "messages", "must be an array");
        var streams = body.TryGetProperty("stream", out var stream) && stream.ValueKind is JsonValueKind.True;
        var asks = body.TryGetProperty("stream_options", out var options) && options.ValueKind is JsonValueKind.Object
            && options.TryGetProperty("include_usage", out var usage) && usage.ValueKind is JsonValueKind.True;
        findings.Require(!streams || asks, Section, "stream_options", "must ask for the usage of a stream");
    }

    public static void CheckImages(ReceivedRequest request, Findings findings)
    {
        CheckModel(request, findings);
        findings.Require(
            request.Json is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("response_format", out var format) && format.ValueEquals("b64_json"),
            Section, "response_format", "must be b64_json");
    }

    private static void CheckModel(ReceivedRequest request, Findings findings) =>
        findings.Require(request.Model.Length > 0 && !request.Model.StartsWith("xai/", StringComparison.Ordinal), Section, "model", "must be an id of the API");
}
