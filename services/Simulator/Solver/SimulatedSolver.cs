using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.Solver;

/// <summary>
/// A FlareSolverr, and the gate that its clearances open. Unscripted, every solve brings a fresh cf_clearance; while the gate is closed, the web upstream answers each
/// request with a challenge that does not carry such a cookie together with the user agent it was given to.
/// </summary>
public sealed class SimulatedSolver
{
    /// <summary>The browser that clearances are given to.</summary>
    public const string UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

    private readonly ConcurrentDictionary<string, string> valid = new(StringComparer.Ordinal);
    private int solved;

    /// <summary>Scripts of the solver; those of a token are never asked for.</summary>
    public ScriptBook Scripts { get; } = new();

    /// <summary>Whether the web upstream challenges requests without a valid clearance.</summary>
    public bool IsGateClosed { get; set; }

    /// <summary>Clearances given so far.</summary>
    public int Solved => Volatile.Read(ref solved);

    /// <summary>Makes every clearance given so far worthless, as time does.</summary>
    public void Expire() => valid.Clear();

    /// <summary>An answer that hands out this clearance, which the gate knows from now on.</summary>
    public Answer Solution(string clearance, string userAgent)
    {
        valid[clearance] = userAgent;
        return Answer.Json(new JsonObject
        {
            ["status"] = "ok",
            ["message"] = "Challenge solved!",
            ["solution"] = new JsonObject
            {
                ["url"] = "https://grok.com/",
                ["status"] = 200,
                ["userAgent"] = userAgent,
                ["headers"] = new JsonObject(),
                ["response"] = "<html></html>",
                ["cookies"] = new JsonArray(Cookie("cf_clearance", clearance), Cookie("__cf_bm", $"bm-{clearance}"), Cookie("i18nextLng", "en")),
            },
            ["startTimestamp"] = 1,
            ["endTimestamp"] = 2,
            ["version"] = "3.3.21",
        }.ToJsonString());
    }

    /// <summary>HTTP 500 with these words, as a FlareSolverr fails.</summary>
    public static Answer Failure(string words) => Answer.Status(500, new JsonObject { ["status"] = "error", ["message"] = words, ["version"] = "3.3.21" }.ToJsonString(), "application/json");

    /// <summary>The usual answer: a clearance that nobody had before.</summary>
    internal Answer Solve() => Solution($"solved-{Interlocked.Increment(ref solved)}-{Guid.NewGuid():N}", UserAgent);

    /// <summary>Whether a request for the web upstream gets past the gate.</summary>
    internal bool LetsIn(ReceivedRequest request) =>
        !IsGateClosed
        || (CookieRules.ClearanceOf(request.Header("Cookie")) is { Length: > 0 } clearance && valid.TryGetValue(clearance, out var agent) && agent == request.Header("User-Agent"));

    internal static void Check(ReceivedRequest request, Findings findings)
    {
        const string section = "15";
        if (request.Json is not { ValueKind: System.Text.Json.JsonValueKind.Object } body)
        {
            findings.Add(section, "body", "must be a JSON object");
            return;
        }

        findings.Require(body.TryGetProperty("cmd", out var cmd) && cmd.ValueEquals("request.get"), section, "cmd", "must be request.get");
        findings.Require(body.TryGetProperty("url", out var url) && Uri.TryCreate(url.GetString(), UriKind.Absolute, out _), section, "url", "must be an address");
        findings.Require(body.TryGetProperty("maxTimeout", out var limit) && limit.TryGetInt64(out var milliseconds) && milliseconds >= 1000, section, "maxTimeout", "must be milliseconds");
        findings.Require(!body.TryGetProperty("proxy", out var proxy) || !proxy.GetProperty("url").GetString()!.Contains('@', StringComparison.Ordinal), section, "proxy", "must have its credentials beside its url");
    }

    internal void Clear()
    {
        Scripts.Clear();
        valid.Clear();
        IsGateClosed = false;
        Volatile.Write(ref solved, 0);
    }

    private static JsonObject Cookie(string name, string value) => new() { ["name"] = name, ["value"] = value, ["domain"] = ".grok.com", ["path"] = "/" };
}
