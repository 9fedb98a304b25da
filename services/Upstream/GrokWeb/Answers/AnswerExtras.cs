using System.Text.Json;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Cards;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>What an object of the stream carries beside text and errors: cards, pictures, search results. Most carry none.</summary>
internal sealed class AnswerExtras
{
    public List<AnswerCard> Cards { get; } = [];

    public List<GeneratedPicture> Pictures { get; } = [];

    /// <summary>Addresses of finished pictures.</summary>
    public List<string> PictureAddresses { get; } = [];

    public List<JsonElement> WebResults { get; } = [];

    public List<JsonElement> Posts { get; } = [];

    /// <summary>Reads the property that the reader stands on. False: it is none of these, and the reader has not moved.</summary>
    public static bool TryRead(ref Utf8JsonReader reader, ref AnswerExtras? extras)
    {
        if (reader.ValueTextEquals("webSearchResults"u8) || reader.ValueTextEquals("citedWebSearchResults"u8))
            (extras ??= new()).WebResults.Add(JsonElement.ParseValue(ref reader));
        else if (reader.ValueTextEquals("xSearchResults"u8) || reader.ValueTextEquals("xposts"u8) || reader.ValueTextEquals("citedXposts"u8))
            (extras ??= new()).Posts.Add(JsonElement.ParseValue(ref reader));
        else if (reader.ValueTextEquals("cardAttachment"u8))
            (extras ??= new()).AddCard(JsonElement.ParseValue(ref reader));
        else if (reader.ValueTextEquals("cardAttachments"u8) || reader.ValueTextEquals("cardAttachmentsJson"u8))
            (extras ??= new()).AddCards(JsonElement.ParseValue(ref reader));
        else if (reader.ValueTextEquals("streamingImageGenerationResponse"u8))
            (extras ??= new()).AddPicture(JsonElement.ParseValue(ref reader));
        else if (reader.ValueTextEquals("generatedImageUrls"u8))
            (extras ??= new()).AddAddresses(JsonElement.ParseValue(ref reader));
        else
            return false;
        return true;
    }

    private void AddCards(JsonElement attachments)
    {
        foreach (var attachment in attachments.Items())
            AddCard(attachment);
    }

    private void AddCard(JsonElement attachment)
    {
        if (AnswerCard.ReadAttachment(attachment) is { } card)
            Cards.Add(card);
    }

    private void AddPicture(JsonElement progress)
    {
        if (GeneratedPicture.Read(progress) is { } picture)
            Pictures.Add(picture);
    }

    private void AddAddresses(JsonElement addresses)
    {
        foreach (var address in addresses.Items())
        {
            if (address.Text() is { Length: > 0 } text)
                PictureAddresses.Add(text);
        }
    }
}
