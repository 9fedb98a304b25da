using System.Collections.Concurrent;

namespace GrokForge.Simulator.Records;

/// <summary>Counts chat requests in flight and served, overall and per token.</summary>
internal sealed class Traffic
{
    private readonly Gauge overall = new();
    private readonly ConcurrentDictionary<string, Gauge> tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Token, string Mode), int> served = [];

    public int InFlight => overall.Now;

    public int HighWater => overall.Highest;

    public IEnumerable<(string Token, int InFlight, int HighWater)> Tokens => tokens.Select(pair => (pair.Key, pair.Value.Now, pair.Value.Highest));

    public IEnumerable<(string Token, string Mode, int Count)> Served => served.Select(pair => (pair.Key.Token, pair.Key.Mode, pair.Value));

    public int HighWaterOf(string token) => tokens.TryGetValue(token, out var gauge) ? gauge.Highest : 0;

    public int ServedBy(string token, string mode) => served.GetValueOrDefault((token, mode));

    public void Enter(string token)
    {
        overall.Enter();
        tokens.GetOrAdd(token, _ => new()).Enter();
    }

    public void Leave(string token)
    {
        tokens.GetOrAdd(token, _ => new()).Leave();
        overall.Leave();
    }

    public void Serve(string token, string mode) => served.AddOrUpdate((token, mode), 1, (_, count) => count + 1);

    /// <summary>Forgets counts and high-water marks; requests in flight stay counted.</summary>
    public void Reset()
    {
        served.Clear();
        overall.Restart();
        foreach (var gauge in tokens.Values)
        {
            gauge.Restart();
        }
    }

    /// <summary>A level and the highest it has been.</summary>
    private sealed class Gauge
    {
        private int now;
        private int highest;

        public int Now => Volatile.Read(ref now);

        public int Highest => Volatile.Read(ref highest);

        public void Enter()
        {
            var level = Interlocked.Increment(ref now);
            var seen = Volatile.Read(ref highest);
            while (level > seen)
            {
                var before = Interlocked.CompareExchange(ref highest, level, seen);
                if (before == seen)
                {
                    return;
                }

                seen = before;
            }
        }

        public void Leave() => Interlocked.Decrement(ref now);

        public void Restart() => Volatile.Write(ref highest, Now);
    }
}
