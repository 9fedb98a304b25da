using System.Text;
using System.Text.Json;
using GrokForge.Contracts.Chat;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>One tool that the client declared.</summary>
/// <param name="Schema">The schema of its arguments; null: none was given.</param>
internal sealed record DeclaredTool(string Name, string Description, JsonElement? Schema)
{
    /// <summary>The one argument of a tool that takes free text.</summary>
    public const string FreeArgument = "input";

    private static readonly JsonElement FreeSchema = JsonDocument.Parse("""{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}""").RootElement;

    private readonly Lazy<SchemaCheck?> _check = new(() => Schema is { } schema ? SchemaCheck.Of(schema) : null);

    /// <summary>Whether it takes a text instead of JSON.</summary>
    public bool IsFree { get; private init; }

    /// <summary>Whether its calls are of the type custom.</summary>
    public bool IsCustom { get; private init; }

    /// <summary>A tool that takes free text. To the parser it is a function of one argument.</summary>
    public static DeclaredTool Free(string name, string description, bool isCustom) => new(name, description, FreeSchema) { IsFree = true, IsCustom = isCustom };

    /// <summary>Checks arguments against the schema; null: there is none, or none that can be checked.</summary>
    public SchemaCheck? Check => _check.Value;

    /// <summary>Whether an argument of this name can only be a text.</summary>
    public bool IsText(string argument) =>
        Property(argument) is { } property && ArgumentSchema.TypesOf(property) is var types && types.Contains("string") && types.TrueForAll(t => t is "string" or "null");

    public bool Knows(string argument) => Property(argument) is not null;

    /// <summary>The name of the only argument there is; null: there are none or several.</summary>
    public string? OnlyArgument => Properties is { } all && all.EnumerateObject().ToList() is [var only] ? only.Name : null;

    private JsonElement? Properties =>
        Schema is { ValueKind: JsonValueKind.Object } schema && schema.TryGetProperty("properties", out var all) && all.ValueKind == JsonValueKind.Object ? all : null;

    private JsonElement? Property(string name) =>
        Properties is { } all && all.TryGetProperty(name, out var property) && property.ValueKind == JsonValueKind.Object ? property : null;
}

/// <summary>The tools that one request may call, and what it demands of the calls.</summary>
/// <param name="Demanded">Whether the answer must be a call.</param>
/// <param name="OnlyOne">Whether it may be one call at most.</param>
internal sealed record ToolSet(IReadOnlyList<DeclaredTool> Tools, bool Demanded, bool OnlyOne)
{
    // As deep as the gateway reads a client's body.
    public static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    private readonly Dictionary<string, DeclaredTool> _byName = Tools.DistinctBy(t => t.Name).ToDictionary(t => t.Name, StringComparer.Ordinal);

    /// <summary>None that may be called.</summary>
    public static ToolSet None { get; } = new([], Demanded: false, OnlyOne: false);

    public DeclaredTool? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The tool that an answer must call; null: any.</summary>
    public string? Named { get; init; }

    /// <returns>Null: the answer cannot call anything.</returns>
    public static ToolSet? Of(ChatCall call)
    {
        if (call.Tools.IsEmpty)
            return null;
        using var tools = JsonDocument.Parse(call.Tools.Memory, Deep);
        var declared = tools.RootElement.EnumerateArray().Select(Declared).OfType<DeclaredTool>().ToList();
        var onlyOne = call is { HasParallelToolCalls: true, ParallelToolCalls: false };
        if (declared.Count == 0)
            return null;
        if (call.ToolChoice.IsEmpty)
            return new ToolSet(declared, Demanded: false, onlyOne);
        using var choice = JsonDocument.Parse(call.ToolChoice.Memory, Deep);
        return Chosen(choice.RootElement, declared, onlyOne);
    }

    private static ToolSet? Chosen(JsonElement choice, List<DeclaredTool> declared, bool onlyOne)
    {
        if (choice.ValueKind == JsonValueKind.String)
        {
            var word = TextOf(choice)?.Trim().ToLowerInvariant();
            return word == "none" ? null : new ToolSet(declared, word is "required" or "any", onlyOne);
        }
        if (choice.ValueKind != JsonValueKind.Object)
            return new ToolSet(declared, Demanded: false, onlyOne);

        if (Member(choice, "type") is { } type && TextOf(type) == "allowed_tools")
        {
            var inside = Member(choice, "allowed_tools") is { ValueKind: JsonValueKind.Object } nested ? nested : choice;
            var names = Member(inside, "tools") is { ValueKind: JsonValueKind.Array } listed ? listed.EnumerateArray().Select(NameOf).ToHashSet() : [];
            var allowed = declared.FindAll(t => names.Contains(t.Name));
            return allowed.Count == 0 ? null : new ToolSet(allowed, Member(inside, "mode") is { } mode && TextOf(mode) == "required", onlyOne);
        }

        var named = NameOf(choice);
        var only = declared.FindAll(t => t.Name == named);
        return only.Count == 0 ? new ToolSet(declared, Demanded: true, onlyOne) : new ToolSet(only, Demanded: true, onlyOne) { Named = named };
    }

    /// <summary>
    /// {"type":"function","function":{"name":"f","parameters":{…}}}, or the same without the inner object; {"type":"custom","custom":{"name":"f","format":{…}}}, or a function with
    /// a format instead of parameters, for a tool that takes free text.
    /// </summary>
    private static DeclaredTool? Declared(JsonElement tool)
    {
        if (tool.ValueKind != JsonValueKind.Object)
            return null;
        var function = Inside(tool);
        if (NameOf(tool) is not { Length: > 0 } name)
            return null;
        var description = Member(function, "description") is { } said ? TextOf(said) ?? "" : "";
        var isCustom = Member(tool, "custom") is not null;
        if (isCustom || Member(function, "format") is not null)
            return DeclaredTool.Free(name, description + Grammar(Member(function, "format")), isCustom);
        return new DeclaredTool(name, description, Member(function, "parameters")?.Clone());
    }

    private static string? NameOf(JsonElement tool) => Member(Inside(tool), "name") is { } name ? TextOf(name) : null;

    private static JsonElement Inside(JsonElement tool) =>
        (Member(tool, "function") ?? Member(tool, "custom")) is { ValueKind: JsonValueKind.Object } inner ? inner : tool;

    /// <summary>{"type":"grammar","grammar":{"syntax":"lark","definition":"start: …"}}, or the same without the inner object.</summary>
    private static string Grammar(JsonElement? format)
    {
        if (format is not { ValueKind: JsonValueKind.Object } given)
            return "";
        var grammar = Member(given, "grammar") is { ValueKind: JsonValueKind.Object } inner ? inner : given;
        if (Member(grammar, "definition") is not { } rules || TextOf(rules) is not { Length: > 0 } definition)
            return "";
        var syntax = Member(grammar, "syntax") is { } named ? TextOf(named) + " " : "";
        return $"\n\nThe text must follow this {syntax}grammar:\n{definition}";
    }

    public static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>The text of a JSON string; null where it is none. Half a surrogate pair becomes a replacement character.</summary>
    public static string? TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            var decoder = new EscapedText();
            var text = new Bytes();
            foreach (var b in Encoding.UTF8.GetBytes(element.GetRawText()).AsSpan()[1..^1])
                decoder.Take(b, text);
            decoder.End(text);
            return Encoding.UTF8.GetString(text.Span);
        }
    }
}
