using System.Text;
using System.Text.Json;
using GrokForge.Simulator.GrokWeb.Chat;

namespace GrokForge.Simulator.Scripts;

/// <content>The objects of a chat stream, in the order in which they are sent.</content>
public sealed partial record Answer
{
    /// <summary>Says text in tokens of one word each.</summary>
    public Answer Say(string text) => TextTokens.Split(text).Aggregate(this, (answer, token) => answer.Token(token));

    /// <summary>One visible token.</summary>
    public Answer Token(string token) => Then(ChatEvents.Token(token, "final", thinking: false, rollout: null), answers: true) with { Said = Said + token };

    /// <summary>One token with another message tag (or none), and the name of the agent that wrote it (or none).</summary>
    public Answer Token(string token, string? tag, bool thinking, string? rollout) =>
        Then(ChatEvents.Token(token, tag, thinking, rollout), answers: true) with { Said = thinking || tag is not (null or "" or "final") ? Said : Said + token };

    /// <summary>Reasons in tokens of one word each.</summary>
    public Answer Think(string text) =>
        TextTokens.Split(text).Aggregate(this, (answer, token) => answer.Then(ChatEvents.Token(token, "summary", thinking: true, rollout: null), answers: true));

    /// <summary>A tool usage card: the tag as a token, and its structured form.</summary>
    public Answer ToolCard(string tool, string argumentsJson, string? rollout) => Then(ChatEvents.ToolCard(tool, argumentsJson, rollout), answers: false);

    /// <summary>A place in the text where a card is to be rendered.</summary>
    public Answer Render(string cardId, string cardType, string type) => Token(ChatEvents.RenderTag(cardId, cardType, type));

    /// <summary>Web search results.</summary>
    public Answer WebSearch(params (string Url, string Title)[] results) => Then(ChatEvents.WebSearch(results), answers: false);

    /// <summary>Search results from X.</summary>
    public Answer XSearch(params (string PostId, string Username, string Text)[] results) => Then(ChatEvents.XSearch(results), answers: false);

    /// <summary>A card; its JSON travels as a string inside the JSON.</summary>
    public Answer Card(string cardJson) => Then(ChatEvents.Card(cardJson), answers: false);

    /// <summary>Progress of one generated image.</summary>
    public Answer Image(string imageId, string path, int progress, bool moderated) =>
        Then(ChatEvents.Image(imageId, path, progress, moderated), answers: progress >= 100 && !moderated);

    /// <summary>The model is done; not an error.</summary>
    public Answer SoftStop() => Then(ChatEvents.SoftStop, answers: false);

    /// <summary>The finalMetadata object.</summary>
    public Answer FinalMetadata() => Then(ChatEvents.FinalMetadata, answers: false);

    /// <summary>The final message, repeating everything said.</summary>
    public Answer Final() => Final(Said);

    /// <summary>The final message with a text of its own, e.g. one with a suffix that no token carried.</summary>
    public Answer Final(string message, params string[] imageUrls) =>
        Then(ChatEvents.ModelResponse(message, imageUrls, []), answers: message.Length > 0 || imageUrls.Length > 0, last: true);

    /// <summary>A final message that reports errors.</summary>
    public Answer FinalWithErrors(params string[] errors) => Then(ChatEvents.ModelResponse("", [], errors), answers: false, last: true);

    /// <summary>The conversation's title.</summary>
    public Answer Title(string title) => Then(ChatEvents.Title(title), answers: false);

    /// <summary>The usual end: soft stop, final metadata, final message, title.</summary>
    public Answer End() => SoftStop().FinalMetadata().Final().Title("Simulated conversation");

    /// <summary>An error at the top of an object inside a 200.</summary>
    public Answer Error(int code, string message) => Then(ChatEvents.Error(code, message), answers: false, last: true);

    /// <summary>An error inside <c>result.response</c>.</summary>
    public Answer ResponseError(int code, string message) => Then(ChatEvents.ResponseError(code, message), answers: false, last: true);

    /// <summary>The anti-bot refusal inside a 200.</summary>
    public static Answer AntiBot() => Nothing().Error(7, "Request rejected by anti-bot rules.");

    /// <summary>A used-up quota inside a 200.</summary>
    public static Answer UsageLimit() => Nothing().Error(8, "You have reached your usage limit for this model.");

    /// <summary>Any object, written as it is.</summary>
    public Answer Event(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        var response = parsed.RootElement.ValueKind is JsonValueKind.Object && parsed.RootElement.TryGetProperty("result", out var result)
            && result.ValueKind is JsonValueKind.Object && result.TryGetProperty("response", out var inner) && inner.ValueKind is JsonValueKind.Object
            ? inner
            : default;
        var isResponse = response.ValueKind is JsonValueKind.Object;
        var last = (isResponse && response.TryGetProperty("modelResponse", out _)) || parsed.RootElement.TryGetProperty("error", out _);
        var answers = isResponse && ((response.TryGetProperty("token", out var token) && token.ValueEquals("") is false) || response.TryGetProperty("modelResponse", out _));
        return Then((writer, _) => writer.WriteRawValue(json), answers, last);
    }

    /// <summary>Bytes sent as they are, without framing.</summary>
    public Answer Raw(ReadOnlyMemory<byte> bytes) => Then(new RawStep(bytes));

    /// <summary>Text sent as it is, without framing: comments, malformed objects.</summary>
    public Answer Raw(string text) => Raw(Encoding.UTF8.GetBytes(text));

    /// <summary>Nothing for a while.</summary>
    public Answer Pause(TimeSpan length) => Then(new PauseStep(length));

    /// <summary>Nothing until the gate is opened.</summary>
    public Answer Hold(string gate) => Then(new HoldStep(gate));

    /// <summary>Nothing more until the client leaves.</summary>
    public Answer Stall() => Then(new StallStep());

    /// <summary>The connection ends here, after everything sent so far has left.</summary>
    public Answer Drop() => Then(new DropStep(Reset: false));

    /// <summary>The connection is aborted here; bytes just sent may be lost.</summary>
    public Answer Reset() => Then(new DropStep(Reset: true));

    private Answer Conversation() => Then(ChatEvents.Conversation, answers: false);

    private Answer UserResponse() => Then(ChatEvents.UserResponse, answers: false);

    private Answer Then(WriteEvent write, bool answers, bool last = false) => Then(new EventStep(write, answers, last));

    private Answer Then(AnswerStep step) => this with { Steps = Steps.Add(step) };
}
