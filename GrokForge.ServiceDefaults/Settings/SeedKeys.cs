using System.Collections.Frozen;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Keys of the first GrokForge's files that this version takes without acting on them, so that such a file loads unchanged.</summary>
internal static class SeedKeys
{
    /// <summary>Keys whose work does not exist here yet.</summary>
    public static FrozenSet<string> Dormant { get; } = FrozenSet.ToFrozenSet(
        [
            "app.media_generation_enabled", "app.request_timeout", "app.global_rate_limit_rpm",
            "app.global_rate_limit_window", "image.format", "image.blocked_parallel_attempts", "image.blocked_parallel_enabled",
            "cache.image_max_mb", "cache.video_max_mb",
        ],
        StringComparer.Ordinal);

    /// <summary>Keys that the first GrokForge itself had given up: token.cool_duration_*_sec.</summary>
    public static bool IsRetired(string key) =>
        key.StartsWith("token.cool_duration_", StringComparison.Ordinal) && key.EndsWith("_sec", StringComparison.Ordinal);
}
