namespace GrokForge.CfRefresh.Solving;

/// <summary>What is solved for: a way out, and the address that it leads to.</summary>
/// <param name="Egress">As <see cref="ServiceDefaults.Egresses.EgressName"/> names it.</param>
/// <param name="ProxyUrl">With credentials; empty: none.</param>
/// <param name="Site">The web upstream's address.</param>
internal sealed record SolveTarget(string Egress, string ProxyUrl, string Site)
{
    /// <summary>The name alone: a proxy's address may hold its credentials.</summary>
    public override string ToString() => Egress;
}

/// <summary>What came of asking a solver.</summary>
/// <param name="Cookies">As a header has them; may be empty where nothing was challenged.</param>
/// <param name="Error">A clause without secrets; null: it was solved.</param>
internal sealed record Solution(string Cookies, string UserAgent, string Browser, string? Error)
{
    public static Solution Failed(string error) => new("", "", "", error);
}
