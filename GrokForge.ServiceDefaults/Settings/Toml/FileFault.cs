namespace GrokForge.ServiceDefaults.Settings.Toml;

/// <summary>What is wrong with a file, and where.</summary>
/// <param name="Line">From 1; 0: the file as a whole.</param>
internal sealed record FileFault(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line > 0 ? $"{File}({Line},{Column}): {Message}" : $"{File}: {Message}";
}
