using System.Text.Json;
using System.Text.Json.Nodes;
using GrokForge.Simulator.GrokWeb.Assets;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Xai;

/// <summary>The official API as a test sees it: scripts what its paths answer. A key without a script of its own is a good one.</summary>
public sealed class SimulatedXai
{
    private static readonly string[] UsualModels = ["grok-4", "grok-3-mini", "grok-2-image"];

    internal SimulatedXai() => Surfaces =
    [
        new(Surface.ApiChat, HttpMethods.Post, "/v1/chat/completions", Chat, request => XaiReply.Echo(request).For(request), XaiRules.CheckChat),
        new(Surface.ApiModels, HttpMethods.Get, "/v1/models", ModelList, _ => Answer.Json(List().ToJsonString()), static (_, _) => { }),
        new(Surface.ApiImages, HttpMethods.Post, "/v1/images/generations", Images, Pictures, XaiRules.CheckImages),
    ];

    /// <summary>Scripts of chat completions.</summary>
    public ScriptBook Chat { get; } = new();

    /// <summary>Scripts of the list of models.</summary>
    public ScriptBook ModelList { get; } = new();

    /// <summary>Scripts of picture generation.</summary>
    public ScriptBook Images { get; } = new();

    /// <summary>The models that exist.</summary>
    public IReadOnlyList<string> Models { get; set; } = UsualModels;

    internal IReadOnlyList<XaiSurface> Surfaces { get; }

    internal void Clear()
    {
        Models = UsualModels;
        foreach (var surface in Surfaces)
        {
            surface.Scripts.Clear();
        }
    }

    private JsonObject List() => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. Models.Select(id => new JsonObject { ["id"] = id, ["created"] = 1_700_000_000, ["object"] = "model", ["owned_by"] = "xai" })]),
    };

    private static Answer Pictures(ReceivedRequest request)
    {
        var asksForBytes = request.Json is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("response_format", out var format) && format.ValueEquals("b64_json");
        var count = request.Json is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("n", out var n) && n.TryGetInt32(out var number) ? number : 1;
        return Answer.Json(new JsonObject
        {
            ["data"] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => Picture(asksForBytes))]),
        }.ToJsonString());
    }

    private static JsonObject Picture(bool asBytes) => asBytes
        ? new() { ["b64_json"] = Convert.ToBase64String(AssetSurface.Picture.Span), ["url"] = null, ["revised_prompt"] = "A picture, simulated." }
        : new() { ["url"] = "https://imgen.x.ai/xai-imgen/simulated.jpeg", ["revised_prompt"] = "A picture, simulated." };
}

/// <summary>One path of the official API.</summary>
/// <param name="Reply">The answer to a good key where nothing is scripted.</param>
internal sealed record XaiSurface(
    Surface Surface, string Method, string Path, ScriptBook Scripts, Func<ReceivedRequest, Answer> Reply, Action<ReceivedRequest, Findings> Check);
