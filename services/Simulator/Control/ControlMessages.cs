using System.Text.Json;
using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.Records;

namespace GrokForge.Simulator.Control;

/// <summary>Body of POST /_simulator/script: what to answer from now on, or for the next requests.</summary>
internal sealed record ScriptCommand
{
    /// <summary>The token meant; null means any token without a script of its own.</summary>
    public string? Token { get; init; }

    /// <summary>The surface meant; null means chat.</summary>
    public Surface? Surface { get; init; }

    /// <summary>The answer in the language of the prompt markers; text without markers is said.</summary>
    public string? Answer { get; init; }

    /// <summary>Objects of the stream, sent as they are, instead of an answer.</summary>
    public JsonElement[]? Objects { get; init; }

    /// <summary>For how many requests; 0 for all that follow.</summary>
    public int Times { get; init; }

    /// <summary>Forgets the script instead of adding to it.</summary>
    public bool Clear { get; init; }
}

/// <summary>Body of POST /_simulator/quota: changes one token's windows, or whether windows are enforced.</summary>
internal sealed record QuotaCommand
{
    public string? Token { get; init; }

    public Tier? Tier { get; init; }

    public string? Mode { get; init; }

    public int? Total { get; init; }

    public int? Remaining { get; init; }

    /// <summary>Length of the window in seconds; needs a total.</summary>
    public int? WindowSeconds { get; init; }

    /// <summary>False serves used-up windows too.</summary>
    public bool? Enforced { get; init; }
}

/// <summary>One received request, as GET /_simulator/requests shows it.</summary>
internal sealed record RequestView(
    long Number,
    Surface Surface,
    string Method,
    string Path,
    string Token,
    string Mode,
    DateTimeOffset ReceivedAt,
    int Status,
    bool Served,
    long BytesSent,
    DateTimeOffset? DisconnectedAt,
    DateTimeOffset? FinishedAt,
    IReadOnlyDictionary<string, string[]> Headers,
    string Body)
{
    public static RequestView Of(ReceivedRequest request) => new(
        request.Number,
        request.Surface,
        request.Method,
        request.Path,
        request.Token,
        request.Mode,
        request.ReceivedAt,
        request.Status,
        request.Served,
        request.BytesSent,
        request.DisconnectedAt,
        request.FinishedAt,
        request.Headers,
        request.Text);
}

/// <summary>One deviation from the protocol, as GET /_simulator/violations shows it.</summary>
internal sealed record ViolationView(long Request, Surface Surface, string Section, string Item, string Problem);

/// <summary>One gate, as GET /_simulator/gates shows it.</summary>
internal sealed record GateView(string Name, int Waiting);

/// <summary>Counts, as GET /_simulator/stats shows them.</summary>
internal sealed record StatsView(
    long Requests,
    long Violations,
    int InFlight,
    int HighWater,
    int ServedTotal,
    IReadOnlyDictionary<string, TokenView> Tokens)
{
    public static StatsView Of(SimulatedGrok grok)
    {
        var served = grok.Traffic.Served.ToLookup(row => row.Token);
        var tokens = grok.Traffic.Tokens.ToDictionary(
            token => token.Token,
            token => new TokenView(token.InFlight, token.HighWater, served[token.Token].ToDictionary(row => row.Mode, row => row.Count)));
        return new(grok.Log.RequestCount, grok.Log.ViolationCount, grok.InFlight, grok.HighWater, grok.Served, tokens);
    }
}

/// <summary>Counts of one token; served requests by mode.</summary>
internal sealed record TokenView(int InFlight, int HighWater, IReadOnlyDictionary<string, int> Served);
