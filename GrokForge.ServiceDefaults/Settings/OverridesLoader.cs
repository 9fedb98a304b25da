using System.Security.Cryptography;
using GrokForge.ServiceDefaults.Stores;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Brings saved overrides from the table into the settings in force whenever their version has changed.</summary>
internal sealed partial class OverridesLoader(
    OverridesTable table, OverrideSecrets secrets, LiveSettings settings, SavedOverrides saved, ILogger<OverridesLoader> logger) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private string _lastTrouble = "";

    /// <summary>Only the version is followed; the values stay out (--ignore-overrides).</summary>
    public bool Ignoring { get; init; }

    /// <summary>Reads the table if its version is another one than that in force. Trouble is logged once, and changes nothing.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            var version = await table.ReadVersionAsync(cancellationToken);
            if (version != settings.Current.Current.OverridesVersion)
                Use(Ignoring ? new([], version) : await table.ReadAllAsync(cancellationToken));
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            Tell($"the database cannot be read ({exception.Message})");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The rim of the loops that read: the old settings stay, and no failure stops the process.
            Tell($"they cannot be read ({exception.GetType().Name}: {exception.Message})");
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private void Use(StoredOverrides stored)
    {
        if (Open(stored.Values) is not { } values)
            return;

        var build = settings.UseSaved(values, stored.Version);
        if (build.Snapshot is null)
        {
            Tell(string.Join("; ", build.Problems));
            return;
        }

        _lastTrouble = "";
        if (Ignoring)
            Log.Ignored(logger, stored.Version);
        else
            Log.InForce(logger, stored.Version, values.Count);
        foreach (var warning in build.Warnings.Where(w => values.ContainsKey(w.Key)))
            Log.Warned(logger, warning.Message);
        saved.BecomeReady();
    }

    private Dictionary<string, string>? Open(Dictionary<string, string> stored)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, text) in stored)
        {
            try
            {
                values[key] = secrets.Open(key, text);
            }
            catch (Exception exception) when (exception is CryptographicException or FormatException)
            {
                Tell($"{key} cannot be decrypted: the key ring or GROKFORGE_MASTER_KEY is not the one it was saved with");
                return null;
            }
        }

        return values;
    }

    // The table is looked at every few seconds: the same trouble is told once.
    private void Tell(string trouble)
    {
        if (trouble == _lastTrouble)
            return;
        _lastTrouble = trouble;
        if (saved.OverridesRead)
            Log.OldStay(logger, trouble);
        else
            Log.NotRead(logger, trouble);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Saved settings of version {Version} ({Count} keys) are in force.")]
        public static partial void InForce(ILogger logger, long version, int count);

        [LoggerMessage(LogLevel.Warning, "Saved settings of version {Version} are left out, as --ignore-overrides says.")]
        public static partial void Ignored(ILogger logger, long version);

        [LoggerMessage(LogLevel.Warning, "Saved setting: {Warning}.")]
        public static partial void Warned(ILogger logger, string warning);

        [LoggerMessage(LogLevel.Error, "Changed saved settings are refused and the old ones stay: {Trouble}. They are read again by themselves.")]
        public static partial void OldStay(ILogger logger, string trouble);

        [LoggerMessage(LogLevel.Error, "The saved settings are not in force and this service is not ready: {Trouble}. Correct it, or start with --ignore-overrides.")]
        public static partial void NotRead(ILogger logger, string trouble);
    }
}
