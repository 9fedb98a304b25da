using System.Text;
using System.Text.RegularExpressions;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace GrokForge.ServiceDefaults.Settings.Toml;

/// <summary>Reads TOML into trees that remember lines and columns. Strict: a key or table given twice is a fault.</summary>
internal static partial class TomlReader
{
    private const int LongestFile = 4 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static TomlReading Read(ReadOnlySpan<byte> utf8, string file)
    {
        if (utf8.Length > LongestFile)
            return new(null, new(file, 0, 0, "the file is longer than 4 MiB"));

        try
        {
            return Read(StrictUtf8.GetString(utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[3..] : utf8), file);
        }
        catch (DecoderFallbackException)
        {
            return new(null, new(file, 0, 0, "the file is not UTF-8 text"));
        }
    }

    public static TomlReading Read(string text, string file)
    {
        try
        {
            var document = SyntaxParser.ParseStrict(text, file, validate: true);
            var root = new TomlTree(1, 1);
            foreach (var item in document.KeyValues)
                Add(root, item);
            foreach (var table in document.Tables)
            {
                var target = Open(root, table);
                foreach (var item in table.Items)
                    Add(target, item);
            }

            return new(root, null);
        }
        catch (TomlException exception)
        {
            var first = exception.Diagnostics.FirstOrDefault();
            return first is null
                ? new(null, new(file, 0, 0, "the file is not TOML"))
                : new(null, new(file, first.Span.Start.Line + 1, first.Span.Start.Column + 1, Plain(first.Message)));
        }
    }

    private static TomlTree Open(TomlTree root, TableSyntaxBase table)
    {
        var names = Names(table.Name!);
        var (line, column) = Place(table.Name!);
        var parent = root;
        foreach (var name in names[..^1])
            parent = Descend(parent, name, line, column);

        if (table is not TableArraySyntax)
            return Descend(parent, names[^1], line, column);

        var element = new TomlTree(line, column);
        if (parent.Entries.TryGetValue(names[^1], out var existing) && existing.Value is List<TomlNode> elements)
            elements.Add(new(element, line, column));
        else
            parent.Entries[names[^1]] = new(new List<TomlNode> { new(element, line, column) }, line, column);
        return element;
    }

    private static TomlTree Descend(TomlTree parent, string name, int line, int column)
    {
        if (parent.Entries.TryGetValue(name, out var existing))
        {
            // [models.x] below [[models]] belongs to the array's newest element.
            if (existing.Value is List<TomlNode> { Count: > 0 } elements && elements[^1].Value is TomlTree newest)
                return newest;
            if (existing.Value is TomlTree tree)
                return tree;
        }

        var opened = new TomlTree(line, column);
        parent.Entries[name] = new(opened, line, column);
        return opened;
    }

    private static void Add(TomlTree tree, KeyValueSyntax item)
    {
        var names = Names(item.Key!);
        var (line, column) = Place(item.Key!);
        foreach (var name in names[..^1])
            tree = Descend(tree, name, line, column);
        tree.Entries[names[^1]] = new(Value(item.Value!), line, column);
    }

    private static object Value(ValueSyntax value)
    {
        switch (value)
        {
            case StringValueSyntax text:
                return text.Value ?? "";
            case IntegerValueSyntax whole:
                return whole.Value;
            case FloatValueSyntax number:
                return number.Value;
            case BooleanValueSyntax truth:
                return truth.Value;
            case ArraySyntax array:
                return array.Items.Select(i => new TomlNode(Value(i.Value!), Place(i).Line, Place(i).Column)).ToList();
            case InlineTableSyntax table:
                var tree = new TomlTree(Place(table).Line, Place(table).Column);
                foreach (var item in table.Items)
                    Add(tree, item.KeyValue!);
                return tree;
            default:
                return (value as DateTimeValueSyntax)?.Value ?? (object)DBNull.Value;
        }
    }

    private static List<string> Names(KeySyntax key)
    {
        List<string> names = [Name(key.Key!)];
        foreach (var part in key.DotKeys)
            names.Add(Name(part.Key!));
        return names;
    }

    private static string Name(BareKeyOrStringValueSyntax key) =>
        key is BareKeySyntax bare ? bare.Key?.Text ?? "" : ((StringValueSyntax)key).Value ?? "";

    private static (int Line, int Column) Place(SyntaxNodeBase node) => (node.Span.Start.Line + 1, node.Span.Start.Column + 1);

    // The parser quotes what it stumbled over; that may be a password whose quotes were forgotten.
    private static string Plain(string message)
    {
        var cut = message.IndexOf(" with `", StringComparison.Ordinal);
        var plain = cut >= 0 ? message[..cut] + " and cannot be given again" : message;
        return plain.StartsWith("The key ", StringComparison.Ordinal) ? plain : Quoted.Replace(plain, "`…`");
    }

    [GeneratedRegex("`[^`]{3,}`")]
    private static partial Regex Quoted { get; }
}
