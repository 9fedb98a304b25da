using System.Collections.Frozen;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.SettingsOverrides;

/// <summary>Knows which settings are secrets, and encrypts those for the table.</summary>
internal sealed class SettingSecrets(SettingsDescription description, SecretProtector protector)
{
    private const string Mark = "protected:";
    private readonly FrozenSet<string> _secret = description.Describe().Where(d => d.Secret).Select(d => d.Key).ToFrozenSet(StringComparer.Ordinal);

    public bool IsSecret(string key) => _secret.Contains(key);

    /// <summary>Whether the value is the mask that stands for a secret as it is.</summary>
    public bool MeansUnchanged(string key, string value) => IsSecret(key) && value.Trim('"', '\'') == SettingsDescription.Mask;

    public string Close(string key, string value) => IsSecret(key) ? Mark + Convert.ToBase64String(protector.Protect(value)) : value;

    public string Open(string key, string stored) =>
        IsSecret(key) && stored.StartsWith(Mark, StringComparison.Ordinal) ? protector.Unprotect(Convert.FromBase64String(stored[Mark.Length..])) : stored;
}
