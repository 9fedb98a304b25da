namespace GrokForge.TokenPool.Ledger.Memory;

/// <summary>Recently used tokens in the order of their last use: the end of the penalty comes in the same order.</summary>
internal sealed class PenaltyQueue(TokenTable table)
{
    private int newest = -1;

    /// <summary>The token whose penalty ends first; -1: none.</summary>
    public int Oldest { get; private set; } = -1;

    /// <summary>Puts the token, just used, at the end.</summary>
    public void Touch(int slot)
    {
        Remove(slot);
        ref var token = ref table.Tokens[slot];
        token.InPenaltyQueue = true;
        token.Older = newest;
        token.Newer = -1;
        if (newest >= 0)
            table.Tokens[newest].Newer = slot;
        else
            Oldest = slot;
        newest = slot;
    }

    public void Remove(int slot)
    {
        ref var token = ref table.Tokens[slot];
        if (!token.InPenaltyQueue)
            return;
        token.InPenaltyQueue = false;
        if (token.Older >= 0)
            table.Tokens[token.Older].Newer = token.Newer;
        else
            Oldest = token.Newer;
        if (token.Newer >= 0)
            table.Tokens[token.Newer].Older = token.Older;
        else
            newest = token.Older;
    }

    /// <summary>After the penalty became longer: tokens that had left come in again, in order, by sorting once.</summary>
    public void Rebuild(long penalty, long now)
    {
        var recent = new List<int>();
        for (var slot = 0; slot < table.Used; slot++)
        {
            Remove(slot);
            if (table.IsUsed(slot) && table.Tokens[slot].UsedAt + penalty > now)
                recent.Add(slot);
        }
        recent.Sort((a, b) => table.Tokens[a].UsedAt.CompareTo(table.Tokens[b].UsedAt));
        foreach (var slot in recent)
            Touch(slot);
    }
}
