using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>What belongs to an answer beside its text: which places of it cite what, and what was searched.</summary>
internal sealed class AnswerNotes
{
    private readonly List<Annotation> _annotations = [];
    private readonly List<Source> _sources = [];
    private int _characters;

    public bool HasAnnotations => _annotations.Count > 0;

    public bool HasSources => _sources.Count > 0;

    /// <summary>Content was written: later places lie behind it. Places are counted in code points, as OpenAI does.</summary>
    public void Wrote(ReadOnlySpan<byte> text) => _characters += CharactersOf(text);

    /// <returns>How many code points a text has.</returns>
    public static int CharactersOf(ReadOnlySpan<byte> text)
    {
        var characters = 0;
        foreach (var b in text)
            characters += (b & 0xC0) == 0x80 ? 0 : 1;
        return characters;
    }

    /// <summary>Notes a citation whose text is written at this place.</summary>
    public Annotation Wrote(Citation citation)
    {
        var start = _characters;
        Wrote(citation.Text.Span);
        var annotation = new Annotation(start, _characters, citation.Url, citation.Title);
        _annotations.Add(annotation);
        return annotation;
    }

    public void Add(Source source) => _sources.Add(source);

    public void Clear()
    {
        _annotations.Clear();
        _sources.Clear();
        _characters = 0;
    }

    /// <summary>"annotations":[{"type":"url_citation","url_citation":{"start_index":5,"end_index":33,"url":"https://example.com/a","title":"A"}}]</summary>
    /// <param name="shift">Code points that were put before the text.</param>
    public void WriteAnnotations(Utf8JsonWriter json, int shift)
    {
        json.WriteStartArray("annotations");
        foreach (var annotation in _annotations)
            (annotation with { Start = annotation.Start + shift, End = annotation.End + shift }).WriteTo(json);
        json.WriteEndArray();
    }

    /// <summary>"search_sources":[{"url":"https://example.com/a","title":"A","type":"web"}]; nothing where there are none.</summary>
    /// <param name="choices">The notes of all choices that are told here; each URL is told once.</param>
    public static void WriteSources(Utf8JsonWriter json, IEnumerable<AnswerNotes> choices)
    {
        var sources = choices.SelectMany(c => c._sources).DistinctBy(s => s.Url).ToList();
        if (sources.Count == 0)
            return;
        json.WriteStartArray("search_sources");
        foreach (var source in sources)
        {
            json.WriteStartObject();
            json.WriteString("url", source.Url);
            json.WriteString("title", source.Title);
            json.WriteString("type", source.Type);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}

/// <summary>A place of the text that cites a page.</summary>
/// <param name="Start">Code points of the content before it.</param>
/// <param name="End">Code points of the content up to its end.</param>
internal sealed record Annotation(int Start, int End, string Url, string Title)
{
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "url_citation");
        json.WriteStartObject("url_citation");
        json.WriteNumber("start_index", Start);
        json.WriteNumber("end_index", End);
        json.WriteString("url", Url);
        json.WriteString("title", Title);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
