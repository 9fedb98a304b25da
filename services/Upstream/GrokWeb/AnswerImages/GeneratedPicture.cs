using System.Text.Json;
using GrokForge.Upstream.GrokWeb.Cards;

namespace GrokForge.Upstream.GrokWeb.AnswerImages;

/// <summary>
/// How far a picture has come that the upstream makes: {"imageUuid":"i","imageUrl":"users/u/generated/i/image.jpg","progress":100,"moderated":false} in a card,
/// {"imageId":"i","imageUrl":"…","progress":50} in the stream.
/// </summary>
/// <param name="Address">Where it is; empty: nowhere yet.</param>
/// <param name="IsDone">False: a preview.</param>
/// <param name="IsModerated">It may not be shown.</param>
internal sealed record GeneratedPicture(string Id, string Address, bool IsDone, bool IsModerated)
{
    private const double Done = 100;

    public static GeneratedPicture? Read(JsonElement? progress)
    {
        if (progress is not { ValueKind: JsonValueKind.Object } picture)
            return null;
        return new GeneratedPicture(
            FirstOf(picture, "imageUuid", "imageId", "image_uuid", "image_id"),
            FirstOf(picture, "imageUrl", "image_url", "url"),
            picture.Number("progress") >= Done || picture.IsTrue("isFinal"),
            picture.IsTrue("moderated"));
    }

    private static string FirstOf(JsonElement picture, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (picture.Text(name) is { Length: > 0 } text)
                return text;
        }
        return "";
    }
}
