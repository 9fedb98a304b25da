using System.Text.RegularExpressions;

namespace GrokForge.Simulator.Scripts;

/// <summary>The words in double square brackets that a prompt (or a script) uses to choose an answer, e.g. [[tokens 500]].</summary>
internal static partial class PromptMarkers
{
    public static readonly IReadOnlyList<PromptMarker> All =
    [
        new("status N", "answers HTTP status N with a JSON error", (draft, value) => draft.Instead = Answer.Status(Number(value, 500) is >= 200 and <= 599 and var status ? status : 500)),
        new("retry-after N", "adds a Retry-After header of N seconds", (draft, value) => draft.Delivery.Add(a => a.WithHeader("Retry-After", value))),
        new("challenge", "403 with a challenge page", (draft, _) => draft.Instead = Answer.Challenge()),
        new("empty-403", "403 without a body", (draft, _) => draft.Instead = Answer.EmptyForbidden()),
        new("policy", "403 in JSON: refused for its content", (draft, _) => draft.Instead = Answer.Forbidden("Content violates usage guidelines.")),
        new("blocked", "403 in JSON: blocked-user", (draft, _) => draft.Instead = Answer.BlockedUser()),
        new("anti-bot", "error code 7 inside a 200", (draft, _) => draft.Instead = Answer.AntiBot()),
        new("usage-limit", "usage limit error inside a 200", (draft, _) => draft.Instead = Answer.UsageLimit()),
        new("error TEXT", "error with this text inside a 200, before any token", (draft, value) => draft.Instead = Answer.Nothing().Error(13, Or(value, "Internal"))),
        new("response-error TEXT", "the same inside result.response", (draft, value) => draft.Instead = Answer.Begin().ResponseError(13, Or(value, "Internal"))),
        new("stream-errors TEXT", "a final message with streamErrors and no text",
            (draft, value) => draft.Instead = Answer.Begin().FinalWithErrors(Or(value, "Internal"))),
        new("late-error TEXT", "error with this text after half of the tokens",
            (draft, value) => draft.Middle.Add(a => a.Error(13, Or(value, "Internal")))),
        new("empty", "200 with an empty body", (draft, _) => draft.Instead = Answer.Empty()),
        new("silent", "not even headers, until the client leaves", (draft, _) => draft.Instead = Answer.Silent()),
        new("headers-only", "headers, then nothing until the client leaves", (draft, _) => draft.Instead = Answer.HeadersOnly()),
        new("stall", "half of the tokens, then nothing until the client leaves", (draft, _) => draft.Middle.Add(a => a.Stall())),
        new("refuse", "the connection ends before the headers", (draft, _) => draft.Instead = Answer.Dropped()),
        new("drop", "the connection ends after half of the tokens", (draft, _) => draft.Middle.Add(a => a.Drop())),
        new("drop-at N", "the connection ends after N bytes of the body", (draft, value) => draft.Delivery.Add(a => a.DropAtByte(Number(value, 100)))),
        new("reset", "the connection is aborted after half of the tokens", (draft, _) => draft.Middle.Add(a => a.Reset())),
        new("slow", "200 ms before each object", (draft, _) => draft.Delivery.Add(a => a.EachAfter(TimeSpan.FromMilliseconds(200)))),
        new("pace N", "N ms before each object", (draft, value) => draft.Delivery.Add(a => a.EachAfter(Milliseconds(value)))),
        new("delay N", "N ms before the headers", (draft, value) => draft.Delivery.Add(a => a.HeadersAfter(Milliseconds(value)))),
        new("pause N", "N ms after half of the tokens", (draft, value) => draft.Middle.Add(a => a.Pause(Milliseconds(value)))),
        new("hold NAME", "waits after half of the tokens until the gate NAME is opened", (draft, value) => draft.Middle.Add(a => a.Hold(value))),
        new("hold-headers NAME", "waits before the headers until the gate NAME is opened", (draft, value) => draft.Delivery.Add(a => a.HeadersAtGate(value))),
        new("tokens N", "N numbered tokens instead of the text", (draft, value) => draft.TokenCount = Math.Min(Number(value, 100), 100_000)),
        new("think TEXT", "reasons first", (draft, value) => draft.Before.Add(a => a.Think(Or(value, "Let me think about this. ")))),
        new("tool", "a tool usage card among the reasoning",
            (draft, _) => draft.Before.Add(a => a.ToolCard("web_search", """{"query":"grok"}""", "Grok"))),
        new("say TEXT", "says this text and nothing else", (draft, value) => draft.Instead = Answer.Text(value)),
        new("call NAME ARGUMENTS", "calls the function NAME with these arguments, JSON without brackets", (draft, value) => draft.Instead = Call(value)),
        new("search", "web and X search results",
            (draft, _) => draft.Before.Add(a => a.WebSearch(("https://example.com/a", "Example A"), ("https://example.com/b", "Example B")).XSearch(("1001", "example", "A post")))),
        new("citation", "a citation card and the tag that renders it",
            (draft, _) => draft.Middle.Add(a => a
                .Card("""{"id":"Cd2","type":"render_inline_citation","cardType":"citation_card","url":"https://example.com/a"}""")
                .Render("Cd2", "citation_card", "render_inline_citation"))),
        new("picture", "a card with a searched image",
            (draft, _) => draft.Middle.Add(a => a.Card(
                """{"id":"Ef3","type":"render_searched_image","image":{"original":"https://example.com/p.jpg","thumbnail":"https://example.com/t.jpg","title":"A picture","link":"https://example.com/p"}}"""))),
        new("image", "a generated picture: its progress, its card, and its address again in the final message",
            (draft, _) =>
            {
                draft.Before.Add(a => a.Image("1f0c5277", "users/u/generated/1f0c5277-part-0/image.jpg", 50, moderated: false)
                    .Image("1f0c5277", "users/u/generated/1f0c5277/image.jpg", 100, moderated: false));
                draft.End = a => a.SoftStop().Final(a.Said, "users/u/generated/1f0c5277/image.jpg");
            }),
        new("tag TAG", "one token with another messageTag", (draft, value) => draft.Middle.Add(a => a.Token("(tagged) ", Or(value, "header"), thinking: false, rollout: null))),
        new("junk", "a malformed object after half of the tokens", (draft, _) => draft.Middle.Add(a => a.Raw("{\"result\": nonsense}\n"))),
        new("suffix TEXT", "a final message with a suffix that no token carried", (draft, value) => draft.End = a => a.SoftStop().Final(a.Said + Or(value, "the end."))),
        new("no-final", "ends without a final message", (draft, _) => draft.End = a => a),
        new("sse", "data: framing with [DONE]", (draft, _) => draft.Delivery.Add(a => a.Framed(Framing.ServerSent))),
        new("crlf", "lines ended by CR LF", (draft, _) => draft.Delivery.Add(a => a.Framed(Framing.LinesCrlf))),
        new("glued", "objects back to back", (draft, _) => draft.Delivery.Add(a => a.Framed(Framing.Glued))),
        new("cut N", "writes of N bytes, wherever that cuts", (draft, value) => draft.Delivery.Add(a => a.CutEvery(Math.Max(1, Number(value, 1))))),
    ];

    private static readonly Dictionary<string, PromptMarker> ByName = All.ToDictionary(marker => marker.Name);

    /// <summary>The answer that a text asks for; what is left after removing the markers is passed to <paramref name="say"/>.</summary>
    /// <remarks>Unknown markers stay in the text.</remarks>
    public static Answer Read(string text, Func<string, string> say)
    {
        var draft = new AnswerDraft();
        var rest = Pattern().Replace(text, match =>
        {
            if (!ByName.TryGetValue(match.Groups["name"].Value, out var marker))
            {
                return match.Value;
            }

            marker.Apply(draft, match.Groups["value"].Value);
            return "";
        });
        return draft.Build(say(rest.Trim()));
    }

    [GeneratedRegex(@"\[\[(?<name>[a-z0-9-]+)(?: (?<value>[^\]]*))?\]\]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();

    private static Answer Call(string value) => value.Split(' ', 2) is [var name, var arguments] ? Answer.Call(name, arguments) : Answer.Call(Or(value, "ping"), "{}");

    private static int Number(string value, int fallback) => int.TryParse(value, out var number) ? number : fallback;

    private static TimeSpan Milliseconds(string value) => TimeSpan.FromMilliseconds(Math.Clamp(Number(value, 200), 0, 600_000));

    private static string Or(string value, string fallback) => value.Length > 0 ? value : fallback;
}

/// <summary>One marker: how it is written, what it does, and how it changes the answer.</summary>
/// <param name="Form">Name and, after a blank, a placeholder for its value.</param>
internal sealed record PromptMarker(string Form, string Meaning, Action<AnswerDraft, string> Apply)
{
    public string Name => Form.Split(' ')[0];
}
