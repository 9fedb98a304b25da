using System.Text.Json;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb.Assets;

/// <summary>Pictures and files, which only an account can read: GET /users/u/generated/i/image.jpg</summary>
internal sealed class AssetSurface : GrokWebSurface
{
    /// <summary>A PNG of one pixel.</summary>
    public static readonly ReadOnlyMemory<byte> Picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    public override Surface Surface => Surface.Asset;

    public override string Path => "/users/{**path}";

    public override bool TakesBody => false;

    public override void Check(JsonElement body, string token, Findings findings)
    {
    }

    public override Answer Reply(ReceivedRequest request) =>
        request.Path.Contains("/generated/", StringComparison.Ordinal) || request.Path.EndsWith("/content", StringComparison.Ordinal)
            ? Answer.File(Picture, "image/png")
            : Answer.Status(404);
}
