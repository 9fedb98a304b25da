using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace GrokForge.Gateway.Keys;

/// <summary>A dictionary that never holds more than twice its capacity: when the young generation is full it becomes the old one and the old one is forgotten.</summary>
internal sealed class TwoGenerationCache<TKey, TValue>(int capacity, IEqualityComparer<TKey> comparer) where TKey : notnull
{
    private readonly Lock _turning = new();
    private ConcurrentDictionary<TKey, TValue> _young = new(comparer);
    private ConcurrentDictionary<TKey, TValue> _old = new(comparer);
    private int _added;

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) =>
        Volatile.Read(ref _young).TryGetValue(key, out value) || Volatile.Read(ref _old).TryGetValue(key, out value);

    public void Set(TKey key, TValue value)
    {
        Volatile.Read(ref _young)[key] = value;
        // Overwrites count too: the bound stays and nobody walks the dictionary for its size.
        if (Interlocked.Increment(ref _added) >= capacity)
            Turn();
    }

    public void Remove(TKey key)
    {
        Volatile.Read(ref _young).TryRemove(key, out _);
        Volatile.Read(ref _old).TryRemove(key, out _);
    }

    private void Turn()
    {
        lock (_turning)
        {
            if (_added < capacity)
                return;

            _added = 0;
            Volatile.Write(ref _old, _young);
            Volatile.Write(ref _young, new ConcurrentDictionary<TKey, TValue>(comparer));
        }
    }
}
