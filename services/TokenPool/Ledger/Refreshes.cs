namespace GrokForge.TokenPool.Ledger;

/// <summary>The right to read the windows of one token upstream; nobody else has it until it ends or lapses.</summary>
/// <param name="Inflight">Leases at work when it was taken: the upstream may not have counted them yet.</param>
/// <param name="Until">Unix milliseconds; also tells this claim from a later one of the same token.</param>
/// <param name="Failures">Refreshes of this token that failed in a row.</param>
internal sealed record RefreshClaim(long TokenId, string Pool, int Generation, int Inflight, long Until, int Failures, IReadOnlyList<ClaimedWindow> Windows);

/// <summary>A window that is to be read, as it was counted when the claim was taken.</summary>
internal sealed record ClaimedWindow(string Mode, int Epoch, int Left);

/// <summary>What came of a refresh.</summary>
/// <param name="Observed">What was read of claimed windows, by mode.</param>
/// <param name="Rest">How long nobody asks about this token again.</param>
/// <param name="Failed">What was not read stays wanted, and the failure is counted.</param>
/// <param name="NewState">Only from active and only with the claim's generation; null: unchanged.</param>
internal sealed record RefreshReport(IReadOnlyDictionary<string, ObservedWindow> Observed, TimeSpan Rest, bool Failed, TokenState? NewState, string Reason);

/// <summary>A window as the upstream counts it.</summary>
/// <param name="Wait">With nothing left: until it refills; zero: not said.</param>
internal sealed record ObservedWindow(int Remaining, int Limit, TimeSpan Wait);

/// <summary>How the end of a refresh counted.</summary>
/// <param name="Held">False: the claim had lapsed, and nothing was done.</param>
/// <param name="Applied">Windows put in force. One that had begun anew since the claim, by a 429, a refill or an edit, keeps what it has.</param>
internal readonly record struct RefreshEnd(bool Held, int Applied, TokenState? StateChangedTo);
