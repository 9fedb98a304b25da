using GrokForge.ServiceDefaults.HotState;

namespace GrokForge.TokenPool.Ledger.Redis;

/// <summary>The Lua texts of the Redis ledger, put together from their parts.</summary>
/// <param name="edit">What a test changes in a text; the product changes nothing.</param>
internal sealed class LedgerScripts(Func<string, string> edit)
{
    public static LedgerScripts Exact { get; } = new(text => text);

    public RedisScript Borrow { get; } = Join(edit, "penalties", "usual", "tokens", "timers", "search", "borrow");

    public RedisScript Settle { get; } = Join(edit, "kept", "penalties", "tokens", "timers", "settle");

    public RedisScript Withdraw { get; } = Join(edit, "withdraw", "kept", "penalties", "tokens", "timers", "settle");

    public RedisScript Renew { get; } = Join(edit, "tokens", "renew");

    public RedisScript Put { get; } = Join(edit, "run", "tokens", "put");

    public RedisScript Remove { get; } = Join(edit, "tokens", "remove");

    public RedisScript Reindex { get; } = Join(edit, "tokens", "reindex");

    public RedisScript Sweep { get; } = Join(edit, "penalties", "tokens", "timers", "sweep");

    public RedisScript Read { get; } = Join(edit, "tokens", "view", "read");

    public RedisScript Survey { get; } = Join(edit, "run", "tokens", "survey");

    public RedisScript TakeDirty { get; } = Join(edit, "run", "view", "take_dirty");

    public RedisScript Configure { get; } = Join(edit, "settings", "configure");

    public RedisScript Configured { get; } = Join(edit, "configured");

    public RedisScript Loaded { get; } = Join(edit, "run", "loaded");

    public RedisScript BeginLoad { get; } = Join(edit, "run", "settings", "begin_load");

    public RedisScript CompleteLoad { get; } = Join(edit, "run", "complete_load");

    public RedisScript AbandonLoad { get; } = Join(edit, "abandon_load");

    public RedisScript ConfirmWritten { get; } = Join(edit, "confirm_written");

    public RedisScript WantRefresh { get; } = Join(edit, "penalties", "tokens", "timers", "want_refresh");

    public RedisScript WantStale { get; } = Join(edit, "penalties", "tokens", "timers", "want_stale");

    public RedisScript ClaimRefreshes { get; } = Join(edit, "tokens", "claim_refreshes");

    public RedisScript EndRefresh { get; } = Join(edit, "tokens", "end_refresh");

    private static RedisScript Join(Func<string, string> edit, params ReadOnlySpan<string> parts)
    {
        var text = "";
        foreach (var part in parts)
        {
            using var stream = typeof(LedgerScripts).Assembly.GetManifestResourceStream($"ledger.{part}.lua")
                ?? throw new InvalidOperationException($"The script {part} is not in the assembly.");
            using var reader = new StreamReader(stream);
            text += reader.ReadToEnd() + "\n";
        }
        return new RedisScript(edit(text));
    }
}
