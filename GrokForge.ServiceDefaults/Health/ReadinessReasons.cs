namespace GrokForge.ServiceDefaults.Health;

/// <summary>Collects what the parts of a process say about its readiness; <c>/health</c> shows the worst.</summary>
public sealed class ReadinessReasons
{
    private readonly Lock _gate = new();
    private (string Name, Func<Readiness> Check)[] _checks = [];

    /// <summary>Adds a part. The check is called for every probe: it must be quick and must not throw. A name added again replaces the earlier check.</summary>
    public void Add(string name, Func<Readiness> check)
    {
        lock (_gate)
            _checks = [.. _checks.Where(c => c.Name != name), (name, check)];
    }

    /// <summary>The worst level now, and each part that is not ready.</summary>
    public ReadinessReport Read()
    {
        var worst = ReadinessLevel.Ready;
        List<ReadinessEntry> entries = [];
        foreach (var (name, check) in _checks)
        {
            var readiness = check();
            if (readiness.Level == ReadinessLevel.Ready)
                continue;

            entries.Add(new ReadinessEntry(name, readiness.Level, readiness.Reason));
            if (readiness.Level > worst)
                worst = readiness.Level;
        }
        return new ReadinessReport(worst, entries);
    }
}

/// <summary>The readiness of a process.</summary>
public sealed record ReadinessReport(ReadinessLevel Level, IReadOnlyList<ReadinessEntry> Entries);

/// <summary>A part that is not ready, and why.</summary>
public sealed record ReadinessEntry(string Name, ReadinessLevel Level, string Reason);
