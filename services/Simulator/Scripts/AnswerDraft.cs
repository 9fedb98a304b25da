using System.Globalization;

namespace GrokForge.Simulator.Scripts;

/// <summary>Collects what the markers of one prompt ask for, and makes one answer of it.</summary>
internal sealed class AnswerDraft
{
    /// <summary>An answer that replaces the ordinary one: a status, an error, silence.</summary>
    public Answer? Instead { get; set; }

    /// <summary>What is said before the text: reasoning, searches, cards.</summary>
    public List<Func<Answer, Answer>> Before { get; } = [];

    /// <summary>What happens in the middle of the text: a pause, a gate, a drop.</summary>
    public List<Func<Answer, Answer>> Middle { get; } = [];

    /// <summary>What replaces the usual end, or null.</summary>
    public Func<Answer, Answer>? End { get; set; }

    /// <summary>How the whole is delivered.</summary>
    public List<Func<Answer, Answer>> Delivery { get; } = [];

    /// <summary>Number of numbered tokens to say instead of the text; 0 says the text.</summary>
    public int TokenCount { get; set; }

    public Answer Build(string text)
    {
        var answer = Instead ?? Whole(text);
        return Delivery.Aggregate(answer, (built, change) => change(built));
    }

    private Answer Whole(string text)
    {
        var tokens = TokenCount > 0 ? NumberedTokens(TokenCount) : GrokWeb.Chat.TextTokens.Split(text);
        var half = (tokens.Count + 1) / 2;
        var answer = Before.Aggregate(Answer.Begin(), (built, change) => change(built));
        answer = tokens.Take(half).Aggregate(answer, (built, token) => built.Token(token));
        answer = Middle.Aggregate(answer, (built, change) => change(built));
        answer = tokens.Skip(half).Aggregate(answer, (built, token) => built.Token(token));
        return End is null ? answer.End() : End(answer);
    }

    private static List<string> NumberedTokens(int count) =>
        [.. Enumerable.Range(1, count).Select(number => string.Create(CultureInfo.InvariantCulture, $"token{number} "))];
}
