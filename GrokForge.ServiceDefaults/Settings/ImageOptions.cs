using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[image]</c>: what pictures and files a request may bring along.</summary>
public sealed class ImageOptions
{
    /// <summary>Pixels of a picture's longer edge, 64 to 16384; larger ones are made smaller before they go upstream. Default 2048.</summary>
    [ConfigurationKeyName("max_edge"), Range(64, 16384)] public int MaxEdge { get; init; } = 2048;

    /// <summary>Pixels a picture may have, 65536 to 268435456; more are refused before they are decoded. Default 67108864.</summary>
    [ConfigurationKeyName("max_pixels"), Range(65536, 268435456)] public int MaxPixels { get; init; } = 67108864;

    /// <summary>Bytes one picture or file may have as it comes in, 1024 to 28 MiB. Default 20 MiB.</summary>
    [ConfigurationKeyName("max_bytes"), Range(1024, 28 * 1024 * 1024)] public int MaxBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Bytes all pictures and files of a request may have together as they go upstream, 1024 to 28 MiB. Default 20 MiB.</summary>
    [ConfigurationKeyName("max_total_bytes"), Range(1024, 28 * 1024 * 1024)] public int MaxTotalBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Pictures and files a request may have, 0 (none) to 100. Default 8.</summary>
    [ConfigurationKeyName("max_count"), Range(0, 100)] public int MaxCount { get; init; } = 8;
}
