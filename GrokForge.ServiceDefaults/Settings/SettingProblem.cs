namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Why a setting is refused, or what to know about one that is not.</summary>
/// <param name="Place">Where the value was given; empty for rules between settings.</param>
/// <param name="Message">Key, value (masked where secret) and rule.</param>
internal sealed record SettingProblem(string Key, string Place, string Message)
{
    public override string ToString() => Place.Length > 0 ? $"{Place}: {Message}" : Message;
}

/// <summary>A snapshot built from all sources, or why there is none.</summary>
/// <param name="Origins">By key, where each given value comes from.</param>
internal sealed record SnapshotBuild(
    SettingsSnapshot? Snapshot, IReadOnlyList<SettingProblem> Problems, IReadOnlyList<SettingProblem> Warnings, IReadOnlyDictionary<string, (SettingOrigin Origin, string Place)> Origins);
