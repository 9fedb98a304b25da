namespace GrokForge.ServiceDefaults.Settings.Toml;

/// <summary>One TOML table: its entries by name, each with its place in the file.</summary>
internal sealed class TomlTree(int line, int column)
{
    public int Line => line;

    public int Column => column;

    public Dictionary<string, TomlNode> Entries { get; } = new(StringComparer.Ordinal);
}

/// <summary>One TOML value and the place of its key, or of itself inside an array.</summary>
/// <param name="Value">string, long, double, bool, <c>List&lt;TomlNode&gt;</c>, <see cref="TomlTree"/>, or a date, which no setting takes.</param>
internal sealed record TomlNode(object Value, int Line, int Column);

/// <summary>A file that was read, or the first thing wrong with it.</summary>
internal readonly record struct TomlReading(TomlTree? Tree, FileFault? Fault);
