namespace GrokForge.TokenPool.Ledger.Redis;

/// <summary>The Lua texts of the Redis ledger, put together from their parts.</summary>
/// <param name="edit">What a test changes in a text; the product changes nothing.</param>
internal sealed class LedgerScripts(Func<string, string> edit)
{
    public static LedgerScripts Exact { get; } = new(text => text);

    public string Borrow { get; } = Join(edit, "tokens", "timers", "search", "borrow");

    public string Settle { get; } = Join(edit, "kept", "tokens", "timers", "settle");

    public string Withdraw { get; } = Join(edit, "withdraw", "kept", "tokens", "timers", "settle");

    public string Renew { get; } = Join(edit, "tokens", "renew");

    public string Put { get; } = Join(edit, "run", "tokens", "put");

    public string Remove { get; } = Join(edit, "tokens", "remove");

    public string Reindex { get; } = Join(edit, "tokens", "reindex");

    public string Sweep { get; } = Join(edit, "tokens", "timers", "sweep");

    public string Read { get; } = Join(edit, "view", "read");

    public string TakeDirty { get; } = Join(edit, "run", "view", "take_dirty");

    public string Configure { get; } = Join(edit, "settings", "configure");

    public string Configured { get; } = Join(edit, "configured");

    public string Loaded { get; } = Join(edit, "run", "loaded");

    public string BeginLoad { get; } = Join(edit, "run", "settings", "begin_load");

    public string CompleteLoad { get; } = Join(edit, "run", "complete_load");

    public string AbandonLoad { get; } = Join(edit, "abandon_load");

    public string ConfirmWritten { get; } = Join(edit, "confirm_written");

    public string WantRefresh { get; } = Join(edit, "tokens", "timers", "want_refresh");

    public string WantStale { get; } = Join(edit, "tokens", "timers", "want_stale");

    public string ClaimRefreshes { get; } = Join(edit, "tokens", "claim_refreshes");

    public string EndRefresh { get; } = Join(edit, "tokens", "end_refresh");

    private static string Join(Func<string, string> edit, params ReadOnlySpan<string> parts)
    {
        var text = "";
        foreach (var part in parts)
        {
            using var stream = typeof(LedgerScripts).Assembly.GetManifestResourceStream($"ledger.{part}.lua")
                ?? throw new InvalidOperationException($"The script {part} is not in the assembly.");
            using var reader = new StreamReader(stream);
            text += reader.ReadToEnd() + "\n";
        }
        return edit(text);
    }
}
