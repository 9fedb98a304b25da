namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Whether the overrides saved in the database are part of the settings in force. Before that nothing may be sent upstream: it would bypass the operator's proxy.</summary>
public sealed class SavedOverrides
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether they were read, or are ignored on purpose.</summary>
    public bool OverridesRead => _ready.Task.IsCompletedSuccessfully;

    /// <summary>Completes when <see cref="OverridesRead"/> becomes true; wait for it with the request's own token.</summary>
    public Task SettingsReady => _ready.Task;

    internal void BecomeReady() => _ready.TrySetResult();
}
