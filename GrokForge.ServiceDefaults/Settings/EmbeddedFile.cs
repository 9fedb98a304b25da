namespace GrokForge.ServiceDefaults.Settings;

/// <summary>The files that are built into this assembly.</summary>
internal static class EmbeddedFile
{
    public const string ConfigDefaults = "config.defaults.toml";
    public const string Models = "models.toml";

    public static byte[] Bytes(string name)
    {
        using var stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not built into {typeof(EmbeddedFile).Assembly.GetName().Name}.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
