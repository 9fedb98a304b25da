namespace GrokForge.LoadBench.Generator;

/// <summary>What one phase saw.</summary>
internal sealed class PhaseResult
{
    public int Completed { get; set; }

    /// <summary>Answers of another status than 200, and connections that ended early.</summary>
    public int Failed { get; set; }

    public int LostTokens { get; set; }

    public int WithoutDone { get; set; }

    public double Seconds { get; set; }

    /// <summary>Processor time of the target while the phase ran, in seconds.</summary>
    public double Processor { get; set; }

    /// <summary>Each token's way from the upstream's write to the client's read, in ticks.</summary>
    public List<long> Latencies { get; } = [];

    /// <summary>From the request's first byte to the first token's arrival, in ticks.</summary>
    public List<long> FirstTokens { get; } = [];

    public double PerSecond => Completed / Seconds;

    public double ProcessorMicroseconds => Processor * 1e6 / Math.Max(1, Completed);

    public void Add(PhaseResult other)
    {
        Completed += other.Completed;
        Failed += other.Failed;
        LostTokens += other.LostTokens;
        WithoutDone += other.WithoutDone;
        Latencies.AddRange(other.Latencies);
        FirstTokens.AddRange(other.FirstTokens);
    }
}
