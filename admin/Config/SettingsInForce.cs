using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Config;

/// <summary>Waits until this process works by the overrides that were just saved, so that an answer shows them.</summary>
internal sealed class SettingsInForce(CurrentSettings settings, TimeProvider time)
{
    public long BodyLimit => settings.Current.App.BodyLimit;

    /// <summary>Returns also when the limit is over: what was saved is saved.</summary>
    public async Task WaitAsync(long version, TimeSpan limit, CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        settings.Changed += Look;
        try
        {
            Look(settings.Current);
            await reached.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The bus or the database is slow; the next poll puts the overrides in force.
        }
        finally
        {
            settings.Changed -= Look;
        }

        void Look(SettingsSnapshot snapshot)
        {
            if (snapshot.OverridesVersion >= version)
                reached.TrySetResult();
        }
    }
}
