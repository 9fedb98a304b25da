using System.Globalization;
using System.Text;
using GrokForge.EndToEnd.Tests.Homes;
using GrokForge.Simulator;
using GrokForge.Simulator.Records;

namespace GrokForge.EndToEnd.Tests.Chaos;

/// <summary>
/// Compares what the ledger says was spent with what the simulator served, by token and mode. The two may differ only by what a fault accounts for:
/// <list type="bullet">
/// <item>a unit stays spent without an answer where the lease's holder died, or its settlement found the ledger's memory gone: the lease expires and keeps its unit. The
/// simulator knows the token where it received the request; where it did not, only the mode is known, and there are no more of them than calls that the fault met;</item>
/// <item>an answer was given without a spent unit where the ledger lost what it had granted in the last second before a kill (one process: by every kill), or where the gateway
/// died after the answer's first byte was sent and before it was seen: the unit of a client who left before any answer is given back.</item>
/// </list>
/// </summary>
internal sealed class ChaosAudit(SimulatedGrok grok, ChaosLoad load, IReadOnlyList<ChaosFault> faults, Func<ChaosFault, bool> losesTheLastSecond)
{
    private static readonly TimeSpan LastSecond = TimeSpan.FromSeconds(1);

    private readonly StringBuilder _findings = new();

    /// <summary>Every call had its end, and a failed one is owed to a fault.</summary>
    public void CheckEnds(Func<ChaosFault, ChaosCall, bool> excusesCut, Func<ChaosFault, ChaosCall, bool> excusesFailure)
    {
        foreach (var call in load.Calls.Where(c => c.End != ChaosEnd.Answered))
        {
            if (call.End == ChaosEnd.None)
                Add($"had no final answer: {call}");
            else if (call.End == ChaosEnd.Cut && !faults.Any(f => excusesCut(f, call)))
                Add($"was cut, and its gateway lived: {call}");
            else if (!faults.Any(f => excusesFailure(f, call)))
                Add($"failed without a fault: {call}");
            else if (call.End == ChaosEnd.Refused && call.Words.StartsWith("500", StringComparison.Ordinal))
                Add($"failed inside: {call}");
        }
    }

    /// <summary>Every spent unit was served or is accounted for, and every served one was spent.</summary>
    public void CheckUnits(IReadOnlyDictionary<(string Token, string Mode), int> spent)
    {
        var unserved = Count(r => !r.Served);
        var losable = Count(r => r.Served && MayBeLost(r));
        foreach (var mode in ChaosLoad.Modes)
        {
            var unseen = load.Calls.Count(c => c.Mode == mode && faults.Any(f => f.MayLeaveLeaseOf(c)));
            var excess = 0;
            foreach (var ((token, _), units) in spent.Where(s => s.Key.Mode == mode))
            {
                var served = grok.ServedBy(token, mode);
                var (lost, kept) = (losable.GetValueOrDefault((token, mode)), unserved.GetValueOrDefault((token, mode)));
                if (units < served - lost)
                    Add($"{token} {mode}: {units} units spent, but {served} served, of which a fault accounts for {lost}");
                excess += Math.Max(0, units - served - kept);
            }
            if (excess > unseen)
                Add($"{mode}: {excess} units more were spent than the upstream received, and only {unseen} calls were met by a fault");
        }
    }

    /// <summary>No request has two rows, and every answered one has its own, except where its writer died within a second.</summary>
    public void CheckRows(IReadOnlyList<string> requestIds, Func<ChaosFault, ChaosCall, bool> losesRow)
    {
        foreach (var twice in requestIds.GroupBy(id => id).Where(g => g.Count() > 1))
            Add($"request {twice.Key} has {twice.Count()} usage rows");
        var written = requestIds.ToHashSet();
        foreach (var call in load.Calls.Where(c => c.End == ChaosEnd.Answered && !written.Contains(c.RequestId) && !faults.Any(f => losesRow(f, c))))
            Add($"has no usage row: {call} {call.RequestId}");
    }

    /// <summary>Whether the call ended in the last second before the fault, or later.</summary>
    public static bool EndedJustBefore(ChaosFault fault, ChaosCall call) => call.Ended >= fault.Began - LastSecond && call.Ended <= fault.Struck;

    /// <summary>Says what happened, and fails where something is wrong.</summary>
    public void Conclude(ChaosPlan plan, IReadOnlyDictionary<(string Token, string Mode), int> spent)
    {
        var words = $"{plan}\n{Summary(spent)}";
        TestContext.Current.TestOutputHelper?.WriteLine(words);
        TestContext.Current.SendDiagnosticMessage("{0}", words);
        Assert.True(_findings.Length == 0, $"{_findings}\n{words}");
    }

    /// <summary>Where the test failed, keeps what the services said in a file that outlives them.</summary>
    public static void KeepWordsOfFailed(Home home)
    {
        if (TestContext.Current.TestState?.Result != TestResult.Failed)
            return;
        var file = Path.Combine(Path.GetTempPath(), $"grokforge-chaos-{Guid.NewGuid():N}.log");
        File.WriteAllText(file, home.Output);
        TestContext.Current.TestOutputHelper?.WriteLine($"The services' words are in {file}.");
    }

    private string Summary(IReadOnlyDictionary<(string Token, string Mode), int> spent)
    {
        var words = new StringBuilder();
        foreach (var fault in faults)
            words.AppendLine(CultureInfo.InvariantCulture, $"  {fault}");
        var ends = load.Calls.GroupBy(c => c.End).OrderBy(g => g.Key).Select(g => $"{g.Key} {g.Count()}");
        words.AppendLine(CultureInfo.InvariantCulture, $"  {load.Calls.Count} calls: {string.Join(", ", ends)}");
        foreach (var failure in load.Calls.Where(c => c.Words.Length > 0).GroupBy(c => c.Words).OrderByDescending(g => g.Count()).Take(10))
            words.AppendLine(CultureInfo.InvariantCulture, $"  {failure.Count()} x {failure.Key}");
        var (kept, lost) = (0, 0);
        foreach (var (key, units) in spent)
        {
            var more = units - grok.ServedBy(key.Token, key.Mode);
            kept += Math.Max(0, more);
            lost += Math.Max(0, -more);
        }
        words.AppendLine(CultureInfo.InvariantCulture, $"  {spent.Values.Sum()} units spent, {grok.Served} answers begun; {kept} units kept without one (up to {Count(r => !r.Served).Values.Sum()} explained by token)");
        words.AppendLine(CultureInfo.InvariantCulture, $"  {load.Calls.Count(c => faults.Any(f => f.MayLeaveLeaseOf(c)))} calls may have left a lease behind");
        words.AppendLine(CultureInfo.InvariantCulture, $"  {lost} answers without a unit (up to {Count(r => r.Served && MayBeLost(r)).Values.Sum()} explained)");
        return words.ToString();
    }

    private bool MayBeLost(ReceivedRequest request) =>
        faults.Any(f => f.IsKill && ((losesTheLastSecond(f) && request.ReceivedAt >= f.Began - LastSecond && request.ReceivedAt <= f.Healed && IsBefore(request, f))
            || (f.Hit("gateway") && request.Disconnected && request.ReceivedAt <= f.Struck && request.DisconnectedAt >= f.Began)));

    // What is received after the victim's end was sent before it.
    private bool IsBefore(ReceivedRequest request, ChaosFault fault) =>
        load.Calls.FirstOrDefault(c => c.Number == ChaosCall.NumberIn(request.Message)) is not { } call || call.Begun <= fault.Struck;

    private Dictionary<(string Token, string Mode), int> Count(Func<ReceivedRequest, bool> what) =>
        load.Received.SelectMany(r => r).Where(what).GroupBy(r => (r.Token, r.Mode)).ToDictionary(g => g.Key, g => g.Count());

    private void Add(string finding) => _findings.AppendLine(finding);
}
