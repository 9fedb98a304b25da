namespace GrokForge.AllInOne.Verbs;

/// <summary>What became of the tokens of one import.</summary>
internal sealed class ImportReport
{
    private readonly SortedSet<string> _pools = new(StringComparer.Ordinal);
    private readonly List<(int Line, string Message)> _problems = [];

    public int Added { get; private set; }

    /// <summary>Where those that were added went.</summary>
    public IReadOnlyCollection<string> Pools => _pools;

    /// <summary>A sentence for each line that was not added.</summary>
    public IReadOnlyList<(int Line, string Message)> Problems => _problems;

    /// <summary>Why the input was not read to its end; empty: it was.</summary>
    public string Stopped { get; set; } = "";

    public void Take(int line, bool isAdded, string pool, string message)
    {
        if (!isAdded)
        {
            _problems.Add((line, message));
            return;
        }

        Added++;
        _pools.Add(ServiceDefaults.Models.Pools.Canonical(pool) ?? pool);
    }
}
