namespace GrokForge.TokenPool.Ledger;

/// <summary>The names of the algorithms, as token.selection_algorithm and the ledger's own settings have them.</summary>
internal static class SelectionAlgorithms
{
    public static string NameOf(SelectionAlgorithm algorithm) => algorithm switch
    {
        SelectionAlgorithm.RoundRobin => "round_robin",
        SelectionAlgorithm.Random => "random",
        SelectionAlgorithm.LeastInflight => "least_inflight",
        SelectionAlgorithm.Weighted => "weighted",
        _ => "high_quota_first",
    };

    public static SelectionAlgorithm Parse(string name) => name switch
    {
        "round_robin" => SelectionAlgorithm.RoundRobin,
        "random" => SelectionAlgorithm.Random,
        "least_inflight" => SelectionAlgorithm.LeastInflight,
        "weighted" => SelectionAlgorithm.Weighted,
        _ => SelectionAlgorithm.HighQuotaFirst,
    };
}
