namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Why a setting must not be saved.</summary>
/// <param name="Message">To be read after the key: is 70 but must be a whole number from 1 to 20.</param>
public sealed record SettingError(string Key, string Message);

/// <summary>Checks overrides as a whole, on top of this process's file, environment and command line, before they are saved.</summary>
public sealed class SettingsValidator
{
    private readonly LiveSettings _settings;

    internal SettingsValidator(LiveSettings settings) => _settings = settings;

    /// <summary>Every reason against these overrides; none: they may be saved and will be put in force.</summary>
    /// <param name="candidateOverrides">All overrides there would be, by dotted key, as TOML value text in clear.</param>
    public IReadOnlyList<SettingError> Validate(IReadOnlyDictionary<string, string> candidateOverrides) =>
        [.. _settings.Probe(candidateOverrides).Problems.Select(p => new SettingError(p.Key, p.Message.StartsWith(p.Key + " ", StringComparison.Ordinal) ? p.Message[(p.Key.Length + 1)..] : p.Message))];
}
