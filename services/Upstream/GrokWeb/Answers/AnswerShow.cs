using GrokForge.Contracts.Chat;
using GrokForge.Upstream.GrokWeb.AnswerImages;
using GrokForge.Upstream.GrokWeb.Cards;
using GrokForge.Upstream.GrokWeb.Citations;
using GrokForge.Upstream.GrokWeb.Tags;

namespace GrokForge.Upstream.GrokWeb.Answers;

/// <summary>
/// Puts what an answer carries beside its words into the text: citations and searched pictures where an element refers to their card, e.g.
/// &lt;grok:render card_id="Cd2" type="render_inline_citation"&gt;…, generated pictures when they are done, sources at the end.
/// </summary>
internal sealed class AnswerShow
{
    public const string TagName = "grok:render";

    private const string NoWords = "image";

    private readonly MediaAddresses _addresses;
    private readonly AnswerChannel _text;
    private readonly Queue<AnswerPiece> _pieces;
    private readonly Dictionary<string, AnswerCard> _cards = new(StringComparer.Ordinal);
    private readonly List<AnswerCard> _unshown = [];
    private readonly SourceList _sources;
    private readonly CitationList _citations;
    private readonly PictureList _pictures;

    public AnswerShow(MediaAddresses addresses, AnswerChannel text, Queue<AnswerPiece> pieces)
    {
        _addresses = addresses;
        _text = text;
        _pieces = pieces;
        _sources = new SourceList(addresses);
        _citations = new CitationList(_sources, addresses);
        _pictures = new PictureList(addresses);
    }

    /// <summary>Whether anything was shown.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Whether a picture was made that may not be shown.</summary>
    public bool HasModerated => _pictures.HasModerated;

    public void TextCame() => _citations.Interrupt();

    /// <summary>Remembers what later elements may refer to.</summary>
    public void Note(AnswerExtras? extras)
    {
        if (extras is null)
            return;
        extras.WebResults.ForEach(_sources.AddWeb);
        extras.Posts.ForEach(_sources.AddPosts);
        foreach (var card in extras.Cards)
        {
            var isNew = card.Id.Length == 0 || _cards.TryAdd(card.Id, card);
            if (isNew && card.Picture is not null)
                _unshown.Add(card);
            else if (!isNew)
                _cards[card.Id] = card;
        }
    }

    /// <summary>Shows the generated pictures that are done.</summary>
    public void ShowPictures(AnswerExtras? extras)
    {
        if (extras is null)
            return;
        foreach (var picture in extras.Cards.Select(c => c.Generated).OfType<GeneratedPicture>().Concat(extras.Pictures))
        {
            if (_pictures.Shows(picture))
                OnOwnLine(picture.Address, NoWords);
        }
        foreach (var address in extras.PictureAddresses)
        {
            if (_pictures.Shows(address))
                OnOwnLine(address, NoWords);
        }
    }

    /// <summary>Renders the card that an element of the text refers to; an unknown one is nothing.</summary>
    public void Render(Element element)
    {
        if (!_cards.TryGetValue(element.Attribute("card_id"), out var card))
            return;
        switch (element.Attribute("type"))
        {
            case "render_inline_citation":
                _text.Interrupt();
                if (_citations.Cite(card.Url) is { } citation)
                    Put(new AnswerPiece(new ChatEvent { Citation = citation }, null));
                break;
            case "render_searched_image" when card.Picture is { } picture:
                _unshown.Remove(card);
                ShowLinked(picture);
                break;
        }
    }

    /// <summary>An image of the upstream's stands in the text itself.</summary>
    public void Inline(string address, string alt)
    {
        if (_pictures.Shows(address))
            Put(new AnswerPiece(null, new ImageReference(address, alt)));
    }

    /// <summary>Shows the searched pictures that no element referred to.</summary>
    public void ShowUnshown()
    {
        foreach (var picture in _unshown.Select(card => card.Picture!))
        {
            if (!_pictures.Shows(picture.Original))
                continue;
            if (_addresses.IsMedia(picture.Original))
                OnOwnLine(picture.Original, Alt(picture.Title));
            else if (CitedUrl.IsGood(picture.Original, _addresses))
                OnOwnLine($"![{Alt(picture.Title)}]({CitedUrl.InMarkdown(picture.Original)})");
        }
    }

    public void TellSources()
    {
        foreach (var source in _sources.All)
            _pieces.Enqueue(new AnswerPiece(new ChatEvent { Source = source }, null));
    }

    /// <summary>A small picture that leads to its page: [![A picture](https://example.com/t.jpg)](https://example.com/p)</summary>
    private void ShowLinked(SearchedPicture picture)
    {
        _text.Interrupt();
        var address = picture.Thumbnail.Length > 0 ? picture.Thumbnail : picture.Original;
        var alt = Alt(picture.Title);
        if (_addresses.IsMedia(address))
        {
            Inline(address, alt);
            return;
        }
        if (!CitedUrl.IsGood(address, _addresses))
            return;

        HasContent = true;
        var image = $"![{alt}]({CitedUrl.InMarkdown(address)})";
        var shown = CitedUrl.IsGood(picture.Link, _addresses) ? $"[{image}]({CitedUrl.InMarkdown(picture.Link)})" : image;
        _text.WriteInline(shown);
    }

    private void OnOwnLine(string address, string alt)
    {
        _text.BeginLine();
        Put(new AnswerPiece(null, new ImageReference(address, alt)));
        _text.FillLine();
    }

    private void OnOwnLine(string markdown)
    {
        _text.BeginLine();
        HasContent = true;
        _text.WriteInline(markdown);
        _text.FillLine();
    }

    private void Put(AnswerPiece piece)
    {
        HasContent = true;
        _pieces.Enqueue(piece);
    }

    /// <summary>A title as it can stand between [ and ].</summary>
    private string Alt(string title)
    {
        var words = string.Join(' ', MediaScan.Clean(_addresses, title).Split([' ', '\t', '\r', '\n', '[', ']', '<', '>', '`', '\\', '!', '"'], StringSplitOptions.RemoveEmptyEntries));
        return words.Length > 0 ? words : NoWords;
    }
}
