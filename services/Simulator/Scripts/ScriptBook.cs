using System.Collections.Concurrent;
using GrokForge.Simulator.Records;

namespace GrokForge.Simulator.Scripts;

/// <summary>The scripts of one surface: per token, and for any token.</summary>
public sealed class ScriptBook
{
    private readonly ConcurrentDictionary<string, TokenScript> byToken = [];

    /// <summary>Rules where the token has no script of its own.</summary>
    public TokenScript ForAnyToken { get; } = new();

    /// <summary>The script of one token.</summary>
    public TokenScript ForToken(string token) => byToken.GetOrAdd(token, _ => new());

    internal Answer? Choose(ReceivedRequest request) =>
        (byToken.TryGetValue(request.Token, out var script) ? script.Choose(request) : null) ?? ForAnyToken.Choose(request);

    internal void Clear()
    {
        byToken.Clear();
        ForAnyToken.Clear();
    }
}

/// <summary>What is answered to a token: first the queued answers, one each, then the standing one.</summary>
public sealed class TokenScript
{
    private readonly ConcurrentQueue<Func<ReceivedRequest, Answer>> queue = new();
    private volatile Func<ReceivedRequest, Answer>? standing;

    /// <summary>Answers every request so, once the queue is empty.</summary>
    public TokenScript Respond(Answer answer) => Respond(_ => answer);

    /// <summary>Answers every request by a function of it, once the queue is empty.</summary>
    public TokenScript Respond(Func<ReceivedRequest, Answer> answer)
    {
        standing = answer;
        return this;
    }

    /// <summary>Answers every request with a status, once the queue is empty.</summary>
    public TokenScript Status(int status) => Respond(Answer.Status(status));

    /// <summary>Queues an answer for one request.</summary>
    public TokenScript Next(Answer answer) => Next(_ => answer);

    /// <summary>Queues an answer for one request, as a function of it.</summary>
    public TokenScript Next(Func<ReceivedRequest, Answer> answer)
    {
        queue.Enqueue(answer);
        return this;
    }

    /// <summary>Forgets queue and standing answer.</summary>
    public void Clear()
    {
        queue.Clear();
        standing = null;
    }

    internal Answer? Choose(ReceivedRequest request) => (queue.TryDequeue(out var next) ? next : standing)?.Invoke(request);
}
