using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using GrokForge.Contracts.Clearance;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;

namespace GrokForge.Upstream.Challenges;

/// <summary>Remembers each egress's clearance for as long as events keep it true, and asks for another one when it met a challenge, once for all who met it.</summary>
internal sealed partial class HeldClearances(IClearances owner, SecretProtector protector, BusReach reach, TimeProvider time, ILogger<HeldClearances> log) : IDisposable
{
    /// <summary>A request waits so long for its egress's clearance to be told; then it goes with what was known.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The same where one is known that has merely not been confirmed for a while.</summary>
    private static readonly TimeSpan PatienceWithKnown = TimeSpan.FromMilliseconds(100);

    /// <summary>An owner that is away is asked again after this.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>What is in force for an egress, as far as is known.</summary>
    public ValueTask<HeldClearance> OfAsync(string egress, CancellationToken cancellationToken)
    {
        var entry = EntryOf(egress);
        return entry.IsFresh(time) ? new(entry.Held) : FilledAsync(egress, entry, cancellationToken);
    }

    /// <summary>Reports that a version met a challenge. Ends when another one is there, nothing is being solved, or the wait is over; never fails.</summary>
    public Task AskAsync(string egress, string versionSeen, TimeSpan wait)
    {
        var entry = EntryOf(egress);
        lock (entry)
        {
            return entry.Held.IsThere && entry.Held.Version != versionSeen
                ? Task.CompletedTask
                : entry.Asking ??= Task.Run(() => ChallengeAsync(egress, entry, versionSeen, wait));
        }
    }

    /// <summary>The report that is under way for an egress; completed: there is none.</summary>
    public Task Asking(string egress) => EntryOf(egress).Asking ?? Task.CompletedTask;

    /// <summary>A new version is in force: what is remembered of an older one does not count any more, nor does an answer that is on its way.</summary>
    public void Told(string egress, string version)
    {
        if (_entries.TryGetValue(egress, out var entry))
            entry.Expire(NumberOf(version));
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async ValueTask<HeldClearance> FilledAsync(string egress, Entry entry, CancellationToken cancellationToken)
    {
        var (filling, since) = entry.Fill(() => FillAsync(egress, entry), time);
        // All who wait share one patience: an owner that hangs costs the requests after it nothing.
        var left = (entry.IsKnown ? PatienceWithKnown : Patience) - time.GetElapsedTime(since);
        if (left <= TimeSpan.Zero && !filling.IsCompleted)
            return entry.Held;
        try
        {
            await filling.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            Log.Late(log, egress);
        }
        return entry.Held;
    }

    private async Task FillAsync(string egress, Entry entry)
    {
        try
        {
            Keep(entry, await owner.CurrentAsync(new CurrentClearanceRequest { Egress = egress }, _stop.Token));
        }
        catch (Exception e) when (IsAway(e))
        {
            entry.KeepFor(Pause, time);
            Log.Away(log, egress, e);
        }
        finally
        {
            entry.Filled();
        }
    }

    private async Task ChallengeAsync(string egress, Entry entry, string versionSeen, TimeSpan wait)
    {
        try
        {
            var reply = await owner.ChallengeAsync(new ChallengeRequest { Egress = egress, VersionSeen = versionSeen, WaitSeconds = wait.TotalSeconds }, _stop.Token);
            Keep(entry, reply);
            Log.Asked(log, egress, versionSeen, reply.Version);
        }
        catch (Exception e) when (IsAway(e))
        {
            Log.Away(log, egress, e);
        }
        finally
        {
            lock (entry)
                entry.Asking = null;
        }
    }

    private void Keep(Entry entry, ClearanceReply reply)
    {
        try
        {
            var held = reply.Available
                ? new HeldClearance(reply.Version, protector.Unprotect(reply.ProtectedCookies.Span), reply.UserAgent, reply.Browser)
                : HeldClearance.None;
            entry.Keep(held, NumberOf(reply.Version), reach.CacheLifetime, time);
        }
        catch (CryptographicException e)
        {
            entry.KeepFor(Pause, time);
            Log.Unreadable(log, e);
        }
    }

    private Entry EntryOf(string egress) => _entries.GetOrAdd(egress, _ => new Entry());

    private static bool IsAway(Exception e) => e is RpcException or OperationCanceledException || DatabaseFault.Is(e);

    private static long NumberOf(string version) => long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>What is remembered of one egress.</summary>
    private sealed class Entry
    {
        private volatile HeldClearance _held = HeldClearance.None;
        private volatile Task? _asking;
        private long _keptAt;
        private TimeSpan _lifetime = TimeSpan.MinValue;
        private long _least;
        private bool _isRead;
        private Task? _filling;
        private long _fillingSince;

        public HeldClearance Held => _held;

        /// <summary>Whether its owner has told it once, and nobody has told of a newer one since.</summary>
        public bool IsKnown
        {
            get
            {
                lock (this)
                    return _isRead && _least == 0;
            }
        }

        public Task? Asking
        {
            get => _asking;
            set => _asking = value;
        }

        /// <summary>The question that is under way, or a new one, and since when.</summary>
        public (Task Filling, long Since) Fill(Func<Task> fill, TimeProvider time)
        {
            lock (this)
            {
                if (_filling is null)
                    (_filling, _fillingSince) = (Task.Run(fill), time.GetTimestamp());
                return (_filling, _fillingSince);
            }
        }

        public void Filled()
        {
            lock (this)
                _filling = null;
        }

        public bool IsFresh(TimeProvider time)
        {
            lock (this)
                return time.GetElapsedTime(_keptAt) < _lifetime;
        }

        public void Keep(HeldClearance held, long number, TimeSpan lifetime, TimeProvider time)
        {
            lock (this)
            {
                var isOld = number < _least;
                (_least, _isRead) = (0, true);
                if (isOld)
                    return;
                (_held, _keptAt, _lifetime) = (held, time.GetTimestamp(), lifetime);
            }
        }

        /// <summary>As it is, for a while.</summary>
        public void KeepFor(TimeSpan lifetime, TimeProvider time)
        {
            lock (this)
                (_keptAt, _lifetime) = (time.GetTimestamp(), lifetime);
        }

        public void Expire(long least)
        {
            lock (this)
            {
                if (NumberOf(_held.Version) >= least)
                    return;
                (_least, _lifetime) = (Math.Max(_least, least), TimeSpan.MinValue);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The clearance of egress {Egress} could not be asked for: its service is away.")]
        public static partial void Away(ILogger logger, string egress, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "The clearance of egress {Egress} was not told in time; requests go on with what was known.")]
        public static partial void Late(ILogger logger, string egress);

        [LoggerMessage(3, LogLevel.Error, "A clearance cannot be decrypted: start with the GROKFORGE_MASTER_KEY and key ring it was saved under.")]
        public static partial void Unreadable(ILogger logger, Exception exception);

        [LoggerMessage(4, LogLevel.Information, "Egress {Egress} met a challenge with clearance '{Seen}'; now in force is '{Version}'.")]
        public static partial void Asked(ILogger logger, string egress, string seen, string version);
    }
}
