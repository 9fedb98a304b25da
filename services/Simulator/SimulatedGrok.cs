using GrokForge.Simulator.GrokWeb;
using GrokForge.Simulator.GrokWeb.Assets;
using GrokForge.Simulator.GrokWeb.Chat;
using GrokForge.Simulator.GrokWeb.Quota;
using GrokForge.Simulator.GrokWeb.Upload;
using GrokForge.Simulator.Records;
using GrokForge.Simulator.Rules;
using GrokForge.Simulator.Scripts;
using GrokForge.Simulator.Solver;
using GrokForge.Simulator.Xai;

namespace GrokForge.Simulator;

/// <summary>The simulated upstream as a test sees it: scripts what it answers, and tells what it received. Safe for use from any thread.</summary>
public sealed class SimulatedGrok
{
    private readonly UploadedFiles files = new();
    private readonly QuotaSurface quota;
    private readonly ChatSurface chat;
    private readonly UploadSurface uploads;
    private readonly AssetSurface assets = new();

    /// <param name="time">The clock of delays, records and quota windows.</param>
    public SimulatedGrok(TimeProvider time)
    {
        Quota = new(time, token => TokenPrefixes.Of(token)?.Tier ?? Tier.Basic);
        Log = new(Changes);
        Gates = new(Changes);
        chat = new(files);
        quota = new(Quota);
        uploads = new(files);
    }

    /// <summary>Scripts of the chat surface.</summary>
    public ScriptBook Chat => chat.Scripts;

    /// <summary>Scripts of the rate limits surface.</summary>
    public ScriptBook RateLimits => quota.Scripts;

    /// <summary>Scripts of the upload surface.</summary>
    public ScriptBook Uploads => uploads.Scripts;

    /// <summary>Scripts of the pictures and files; unscripted, each generated picture is <see cref="AssetSurface.Picture"/>.</summary>
    public ScriptBook Assets => assets.Scripts;

    /// <summary>The official API beside the web application.</summary>
    public SimulatedXai Xai { get; } = new();

    /// <summary>The clearance solver beside both, and the gate that its clearances open.</summary>
    public SimulatedSolver Solver { get; } = new();

    /// <summary>The quota windows.</summary>
    public QuotaWindows Quota { get; }

    /// <summary>The chat script for tokens that have none of their own.</summary>
    public TokenScript ForAnyToken => Chat.ForAnyToken;

    /// <summary>The requests received, oldest first; the newest 5,000 are kept.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => Log.Requests;

    /// <summary>The chat requests received, oldest first.</summary>
    public IReadOnlyList<ReceivedRequest> Chats => [.. Log.Requests.Where(request => request.Surface is Surface.Chat)];

    /// <summary>The requests for chat completions of the official API, oldest first.</summary>
    public IReadOnlyList<ReceivedRequest> ApiChats => [.. Log.Requests.Where(request => request.Surface is Surface.ApiChat)];

    /// <summary>The solves asked for, oldest first.</summary>
    public IReadOnlyList<ReceivedRequest> Solves => [.. Log.Requests.Where(request => request.Surface is Surface.Solver)];

    /// <summary>Deviations from the wire protocol, oldest first; the newest 5,000 are kept.</summary>
    public IReadOnlyList<Violation> Violations => Log.Violations;

    /// <summary>The files uploaded.</summary>
    public IReadOnlyList<UploadedFile> Files => files.All;

    /// <summary>Chat requests being answered now. One leaves just before the object that tells its client that it is over.</summary>
    public int InFlight => Traffic.InFlight;

    /// <summary>The most chat requests that were ever in flight at once.</summary>
    public int HighWater => Traffic.HighWater;

    /// <summary>Chat requests that were answered with at least a part of an answer.</summary>
    public int Served => Traffic.Served.Sum(row => row.Count);

    internal Traffic Traffic { get; } = new();

    internal RequestLog Log { get; }

    internal ChangeSignal Changes { get; } = new();

    internal GateBook Gates { get; }

    internal HeaderRules Headers { get; } = new();

    internal IEnumerable<GrokWebSurface> Surfaces => [chat, quota, uploads, assets];

    /// <summary>The chat script of one token.</summary>
    public TokenScript ForToken(string token) => Chat.ForToken(token);

    /// <summary>The gate of that name, which holds answers back until it is opened.</summary>
    public Gate Gate(string name) => Gates[name];

    /// <summary>The most chat requests of one token that were ever in flight at once.</summary>
    public int HighWaterOf(string token) => Traffic.HighWaterOf(token);

    /// <summary>Chat requests of a token and mode that were answered with at least a part of an answer.</summary>
    public int ServedBy(string token, string mode) => Traffic.ServedBy(token, mode);

    /// <summary>Waits until a condition on what was received holds; it is looked at after each change.</summary>
    public Task UntilAsync(Func<SimulatedGrok, bool> condition, CancellationToken cancellationToken) => Changes.UntilAsync(() => condition(this), cancellationToken);

    /// <summary>Forgets scripts, records, files, counts and windows, and opens every gate.</summary>
    public void Reset()
    {
        foreach (var surface in Surfaces)
        {
            surface.Clear();
        }

        Xai.Clear();
        Solver.Clear();
        Quota.Clear();
        Log.Clear();
        Traffic.Reset();
        Headers.Clear();
        Gates.Clear();
        Changes.Raise();
    }
}
