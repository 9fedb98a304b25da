using GrokForge.ServiceDefaults.Protection;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Encrypts the saved overrides of secret settings for the table, and opens them again.</summary>
public sealed class OverrideSecrets(SecretProtector protector)
{
    private const string Mark = "enc:";

    /// <summary>Whether a setting, or the setting an entry belongs to, is masked and encrypted.</summary>
    public static bool IsSecret(string key) => SettingDefinitions.Find(key, out _) is { Secret: true };

    /// <summary>Whether the value is the mask that stands for a secret as it is.</summary>
    public static bool MeansUnchanged(string key, string value) => IsSecret(key) && value.Trim('"', '\'') == SettingsDescription.Mask;

    /// <summary>The text for the table: enc: and base64 for a secret, anything else as it is.</summary>
    public string Close(string key, string value) => IsSecret(key) ? Mark + Convert.ToBase64String(protector.Protect(value)) : value;

    /// <summary>The value in clear.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key it was encrypted with is not here.</exception>
    /// <exception cref="FormatException">The text was altered.</exception>
    public string Open(string key, string stored) =>
        IsSecret(key) && stored.StartsWith(Mark, StringComparison.Ordinal) ? protector.Unprotect(Convert.FromBase64String(stored[Mark.Length..])) : stored;
}
