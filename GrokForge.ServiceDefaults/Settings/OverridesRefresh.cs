namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Puts what is saved in force in this process now, for who shows or has just changed the saved overrides and must not answer with older ones.</summary>
public sealed class OverridesRefresh
{
    private readonly OverridesLoader _loader;

    internal OverridesRefresh(OverridesLoader loader) => _loader = loader;

    /// <summary>Returns also where the database cannot be read; then the settings stay as they are, and the trouble is logged.</summary>
    public Task NowAsync(CancellationToken cancellationToken) => _loader.ReadAsync(cancellationToken);
}
