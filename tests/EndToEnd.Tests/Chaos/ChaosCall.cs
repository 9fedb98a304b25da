using System.Globalization;
using System.Text.RegularExpressions;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>How a call ended, as its client saw it.</summary>
internal enum ChaosEnd
{
    /// <summary>It has not, or its client's patience was at an end.</summary>
    None,

    /// <summary>A whole answer, or a stream to its end mark without an error.</summary>
    Answered,

    /// <summary>A stream that told of an error and ended with its end mark.</summary>
    BrokenOff,

    /// <summary>A status that is no success, with the envelope of an error.</summary>
    Refused,

    /// <summary>The connection failed.</summary>
    Cut,
}

/// <summary>One call of the load. Its prompt carries its number, by which the simulator's record of it is found.</summary>
internal sealed partial class ChaosCall(int number, string mode, int gateway, bool isStream)
{
    public int Number => number;

    /// <summary>The quota window it spends from, by the upstream's name, which is ours as well.</summary>
    public string Mode => mode;

    public int Gateway => gateway;

    public bool IsStream => isStream;

    public DateTimeOffset Begun { get; init; }

    public DateTimeOffset Ended { get; set; }

    public ChaosEnd End { get; set; }

    /// <summary>The request's id, where an answer told it.</summary>
    public string RequestId { get; set; } = "";

    /// <summary>Status and code of a refusal, or the words of a failure.</summary>
    public string Words { get; set; } = "";

    /// <summary>Whether nobody listened where it went.</summary>
    public bool WasTurnedAway => End == ChaosEnd.Cut && Words.StartsWith("Connection refused", StringComparison.Ordinal);

    /// <summary>The number in a prompt, or 0.</summary>
    public static int NumberIn(string prompt) => Mark().Match(prompt) is { Success: true } mark ? int.Parse(mark.Groups[1].Value, CultureInfo.InvariantCulture) : 0;

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"call {number} ({mode}, {(isStream ? "stream" : "whole")}, gateway {gateway}, {Begun:HH:mm:ss.fff}-{Ended:HH:mm:ss.fff}): {End} {Words}");

    [GeneratedRegex(@"call (\d+);", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Mark();
}
