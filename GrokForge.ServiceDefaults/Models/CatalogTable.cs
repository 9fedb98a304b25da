using System.Globalization;
using GrokForge.ServiceDefaults.Settings.Toml;

namespace GrokForge.ServiceDefaults.Models;

/// <summary>Reads the fields of one table of a catalog and notes every fault with its place.</summary>
internal sealed class CatalogTable(TomlTree tree, string file, string what, List<FileFault> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public bool Has(string name) => tree.Entries.ContainsKey(name);

    public string Text(string name, string missing = "") => Read(name, "a text", missing, v => v as string);

    public bool Switch(string name, bool missing) => Read<bool?>(name, "true or false", missing, v => v as bool?) ?? missing;

    public int Whole(string name, int missing) =>
        Read<int?>(name, "a whole number", missing, v => v is long number and >= int.MinValue and <= int.MaxValue ? (int)number : null) ?? missing;

    public IReadOnlyList<string> Texts(string name, IReadOnlyList<string> missing) => Read(
        name, "a list of texts", missing,
        v => v is List<TomlNode> list && list.All(i => i.Value is string) ? list.Select(i => (string)i.Value).ToArray() : null);

    public CatalogTable? Table(string name) =>
        Read(name, "a table", null, v => v is TomlTree inner ? new CatalogTable(inner, file, $"{name} of {what}", faults) : null);

    /// <summary>Notes a fault at a field, or at the table where the field is missing.</summary>
    public void Refuse(string name, string reason)
    {
        var (line, column) = tree.Entries.TryGetValue(name, out var node) ? (node.Line, node.Column) : (tree.Line, tree.Column);
        faults.Add(new(file, line, column, $"{what}: {reason}"));
    }

    public void RefuseUnless(bool right, string name, string reason)
    {
        if (!right)
            Refuse(name, reason);
    }

    /// <summary>Notes every field that was never asked for.</summary>
    public void RefuseUnknown()
    {
        foreach (var name in tree.Entries.Keys.Where(n => !_known.Contains(n)).ToList())
            Refuse(name, string.Create(CultureInfo.InvariantCulture, $"unknown field {name}"));
    }

    private T Read<T>(string name, string form, T missing, Func<object, T?> convert)
    {
        _known.Add(name);
        if (!tree.Entries.TryGetValue(name, out var node))
            return missing;
        if (convert(node.Value) is { } value)
            return value;
        Refuse(name, $"{name} must be {form}");
        return missing;
    }
}
