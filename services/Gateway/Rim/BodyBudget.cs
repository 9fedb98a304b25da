using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Rim;

/// <summary>Counts the bytes of request bodies in flight and refuses more than app.max_body_bytes_in_flight. A request's bytes count until it ends, as its messages are held that long.</summary>
internal sealed class BodyBudget(CurrentSettings settings)
{
    private long _held;

    public long Held => Volatile.Read(ref _held);

    /// <summary>A share of the budget, empty at first, given back when it is disposed.</summary>
    public Share Open() => new(this);

    /// <summary>What one request holds.</summary>
    internal sealed class Share(BodyBudget budget) : IDisposable
    {
        private long _bytes;

        /// <summary>False, and nothing taken, where the budget has no room.</summary>
        public bool TryGrowTo(long bytes)
        {
            var more = bytes - _bytes;
            if (more <= 0)
                return true;
            if (Interlocked.Add(ref budget._held, more) > budget.Limit)
            {
                Interlocked.Add(ref budget._held, -more);
                return false;
            }

            _bytes = bytes;
            return true;
        }

        public void Dispose() => Interlocked.Add(ref budget._held, -Interlocked.Exchange(ref _bytes, 0));
    }

    private long Limit => settings.Current.App.MaxBodyBytesInFlight;
}
