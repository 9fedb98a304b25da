using System.Globalization;
using System.Security.Cryptography;
using GrokForge.Contracts.Events;
using GrokForge.Contracts.Settings;
using GrokForge.Gateway.Store;
using GrokForge.ServiceDefaults.Bus;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;

namespace GrokForge.Gateway.SettingsOverrides;

/// <summary>Saves settings overrides: validated as a whole, under one version, all or nothing; secrets encrypted.</summary>
internal sealed class SettingsKeeper(
    IDbContextFactory<GatewayStore> stores, SettingsValidator validator, OverrideSecrets secrets, EventPublisher publisher) : ISettingsStore
{
    private const string VersionKey = OverridesTable.VersionKey;
    private const long AnyVersion = -1;
    private const int Tries = 5;

    public async Task<GetSettingsReply> GetAsync(GetSettingsRequest request, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var rows = await store.Settings.AsNoTracking().ToListAsync(cancellationToken);
        var reply = new GetSettingsReply { Version = VersionOf(rows) };
        foreach (var row in rows.Where(r => r.Key != VersionKey))
            reply.Values[row.Key] = OverrideSecrets.IsSecret(row.Key) ? SettingsDescription.Mask : row.Value;
        return reply;
    }

    public async Task<PutSettingsReply> PutAsync(PutSettingsRequest request, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await TryPutAsync(request, cancellationToken);
            }
            catch (DbUpdateException) when (tries < Tries)
            {
                // Another writer came first, with an update or with the very first version: read again, and see what the caller's version says to that.
            }
        }
    }

    private async Task<PutSettingsReply> TryPutAsync(PutSettingsRequest request, CancellationToken cancellationToken)
    {
        await using var store = await stores.CreateDbContextAsync(cancellationToken);
        var rows = await store.Settings.ToListAsync(cancellationToken);
        var version = VersionOf(rows);
        if (request.Version != AnyVersion && request.Version != version)
            throw Stale();

        var before = Open(rows, request);
        var after = After(before, request);
        if (validator.Validate(after) is { Count: > 0 } errors)
            throw Invalid(errors);

        var changed = Apply(store, rows, before, after);
        if (!changed)
            return new PutSettingsReply { Version = version };

        Set(store, rows, VersionKey, (version + 1).ToString(CultureInfo.InvariantCulture));
        await store.SaveChangesAsync(cancellationToken);
        publisher.Publish(new SettingsChanged(version + 1));
        return new PutSettingsReply { Version = version + 1 };
    }

    /// <summary>What is saved, as far as it can be read: what goes away or gets a new value need not be.</summary>
    private Dictionary<string, string> Open(List<SavedSetting> rows, PutSettingsRequest request)
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in rows.Where(r => r.Key != VersionKey))
        {
            try
            {
                before[row.Key] = secrets.Open(row.Key, row.Value);
            }
            catch (Exception e) when (e is CryptographicException or FormatException)
            {
                var isReplaced = request.Values.TryGetValue(row.Key, out var value) && !OverrideSecrets.MeansUnchanged(row.Key, value);
                if (!isReplaced && !request.Removed.Contains(row.Key))
                    throw Invalid([new SettingError(row.Key, "cannot be decrypted: the key ring or GROKFORGE_MASTER_KEY is not the one it was saved with. Remove it, or give it a new value.")]);
            }
        }

        return before;
    }

    private static Dictionary<string, string> After(Dictionary<string, string> before, PutSettingsRequest request)
    {
        var after = new Dictionary<string, string>(before, StringComparer.Ordinal);
        foreach (var key in request.Removed)
            after.Remove(key);
        foreach (var (key, value) in request.Values)
        {
            if (!OverrideSecrets.MeansUnchanged(key, value))
                after[key] = value;
        }

        return after;
    }

    private bool Apply(GatewayStore store, List<SavedSetting> rows, Dictionary<string, string> before, Dictionary<string, string> after)
    {
        var changed = false;
        foreach (var gone in rows.Where(r => r.Key != VersionKey && !after.ContainsKey(r.Key)))
        {
            store.Settings.Remove(gone);
            changed = true;
        }

        foreach (var (key, value) in after)
        {
            if (before.TryGetValue(key, out var former) && former == value)
                continue;

            Set(store, rows, key, secrets.Close(key, value));
            changed = true;
        }

        return changed;
    }

    private static void Set(GatewayStore store, List<SavedSetting> rows, string key, string value)
    {
        if (rows.Find(r => r.Key == key) is { } row)
            row.Value = value;
        else
            store.Settings.Add(new SavedSetting { Key = key, Value = value });
    }

    private static long VersionOf(List<SavedSetting> rows) =>
        rows.Find(r => r.Key == VersionKey) is { } row ? long.Parse(row.Value, CultureInfo.InvariantCulture) : 0;

    private static RpcException Stale() =>
        new(new Status(StatusCode.Aborted, "The settings were changed since they were read. Read them again and repeat the change."));

    // One line per error, each beginning with its key.
    private static RpcException Invalid(IReadOnlyList<SettingError> errors) =>
        new(new Status(StatusCode.InvalidArgument, string.Join('\n', errors.Take(50).Select(e => $"{e.Key}: {e.Message}"))));
}
