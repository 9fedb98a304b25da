namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Why a setting must not be saved.</summary>
public sealed record SettingError(string Key, string Message);

/// <summary>Checks overrides as a whole, on top of this process's file, environment and command line, before they are saved.</summary>
public sealed class SettingsValidator
{
    private readonly LiveSettings _settings;

    internal SettingsValidator(LiveSettings settings) => _settings = settings;

    /// <summary>Every reason against these overrides; none: they may be saved and will be put in force.</summary>
    /// <param name="candidateOverrides">All overrides there would be, by dotted key, as TOML value text in clear.</param>
    public IReadOnlyList<SettingError> Validate(IReadOnlyDictionary<string, string> candidateOverrides) =>
        [.. _settings.Probe(candidateOverrides).Problems.Select(p => new SettingError(p.Key, p.Message))];
}
