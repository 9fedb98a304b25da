using System.Text.Json;
using GrokForge.Upstream.GrokWeb.AnswerImages;

namespace GrokForge.Upstream.GrokWeb.Cards;

/// <summary>What an answer carries beside its text, e.g. {"id":"Cd2","type":"render_inline_citation","cardType":"citation_card","url":"https://example.com/a"}</summary>
/// <param name="Url">What a citation cites; empty: it cites nothing.</param>
/// <param name="Picture">A picture found in a search; null: it has none.</param>
/// <param name="Generated">A picture that is being made; null: it has none.</param>
internal sealed record AnswerCard(string Id, string Url, SearchedPicture? Picture, GeneratedPicture? Generated)
{
    /// <summary>Reads {"jsonData":"…"}, where the card's JSON stands in a string or, at times, as an object. Null: there is no card in it.</summary>
    public static AnswerCard? ReadAttachment(JsonElement attachment) => Read(attachment.Member("jsonData") ?? attachment);

    /// <summary>Reads a card, whose JSON may stand in a string. Null: it is none.</summary>
    public static AnswerCard? Read(JsonElement card)
    {
        if (card.ValueKind == JsonValueKind.String)
        {
            try
            {
                using var inner = JsonDocument.Parse(card.GetString()!);
                return inner.RootElement.ValueKind == JsonValueKind.Object ? Read(inner.RootElement) : null;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // A card that cannot be read must not cost the text it came with.
                return null;
            }
        }

        if (card.ValueKind != JsonValueKind.Object)
            return null;
        var chunk = card.Member("image_chunk") ?? card.Member("imageChunk");
        return new AnswerCard(card.Text("id"), card.Text("url"), SearchedPicture.Read(card.Member("image")), GeneratedPicture.Read(chunk));
    }
}

/// <summary>A picture of the web that the answer shows.</summary>
/// <param name="Original">The picture itself.</param>
/// <param name="Thumbnail">A small one; empty: there is none.</param>
/// <param name="Link">The page it is from; empty: not said.</param>
internal sealed record SearchedPicture(string Original, string Thumbnail, string Title, string Link)
{
    public static SearchedPicture? Read(JsonElement? image) =>
        image is { } given && given.Text("original") is { Length: > 0 } original
            ? new SearchedPicture(original, given.Text("thumbnail"), given.Text("title"), given.Text("link"))
            : null;
}
