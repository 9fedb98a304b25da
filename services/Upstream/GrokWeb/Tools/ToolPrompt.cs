using System.Text;
using System.Text.Json;

namespace GrokForge.Upstream.GrokWeb.Tools;

/// <summary>Tells the model in words what it may call and how, since the upstream knows no tools.</summary>
internal static class ToolPrompt
{
    private const string Opening =
        """
        # Functions
        You can call the functions listed below; the program that runs this chat executes them and answers with their results in a later message. Each line between the tags describes one function as JSON: its name, what it does, and the JSON Schema of its parameters.
        <tools>
        """;

    private const string Format =
        """
        </tools>
        To call a function, write a block in exactly this form:
        <tool_call>
        {"name": "NAME", "arguments": {"PARAMETER": "VALUE"}}
        </tool_call>
        - NAME is a name from the list, letter by letter. The arguments are one JSON object that fits the function's schema, {} where it takes none.
        - The block is strict JSON: double quotes, \" for a quote and \n for a line break inside a string, no comments, no trailing commas, no code fence around it.
        - Take argument values from the conversation. Where a required one is missing, ask for it instead of inventing it.
        - Call a function only where it helps to answer; otherwise answer in plain text and do not mention this format.
        - After your last block, stop. Never write a function's result yourself: it comes in a later message.
        """;

    private const string Free =
        """

        - A function whose line says "input" takes one raw text instead of arguments. It is called in this form, with the text as it is, without quotes, escapes or a code fence:
        <invoke name="NAME">
        <parameter name="input">
        TEXT
        </parameter>
        </invoke>
        """;

    public static string Of(ToolSet tools)
    {
        var text = new StringBuilder(Opening).Append('\n');
        foreach (var tool in tools.Tools)
            text.Append(Line(tool)).Append('\n');
        text.Append(Format);
        if (tools.Tools.Any(t => t.IsFree))
            text.Append(Free);
        text.Append(tools.OnlyOne
            ? "\n- Write one block at most in each reply."
            : "\n- Several independent calls are several blocks, one after another.");
        if (tools.Named is { } named)
            text.Append("\n- This reply must call the function ").Append(named).Append(" and nothing else: begin with its block.");
        else if (tools.Demanded)
            text.Append("\n- This reply must call at least one function: begin with its block.");
        return text.ToString();
    }

    /// <summary>What is said to a model that did not call what it must.</summary>
    public static string Correction(ToolSet tools) =>
        $"That reply holds no valid call of {(tools.Named is { } named ? $"the function {named}" : "any of the functions")}, but one is required here. "
        + "Reply again with nothing but the block:\n"
        + (tools.Named is { } only && tools.Find(only) is { IsFree: true } ? Block(only, "…") : "<tool_call>\n{\"name\": \"" + (tools.Named ?? "NAME") + "\", \"arguments\": {…}}\n</tool_call>");

    /// <summary>A call of a tool that takes free text.</summary>
    public static string Block(string name, string text) => $"<invoke name=\"{name}\">\n<parameter name=\"{DeclaredTool.FreeArgument}\">\n{text}\n</parameter>\n</invoke>";

    private static string Line(DeclaredTool tool)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, GrokChatBody.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("name", tool.Name);
            if (tool.Description.Length > 0)
                json.WriteString("description", tool.Description);
            if (tool.IsFree)
            {
                json.WriteString(DeclaredTool.FreeArgument, "raw text");
            }
            else if (tool.Schema is { } schema)
            {
                json.WritePropertyName("parameters");
                json.WriteRawValue(JsonLine.Of(schema), skipInputValidation: true);
            }
            json.WriteEndObject();
        }

        // A description must not end the list: inside JSON "<\/" says the same as "</".
        return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).Replace("</", "<\\/", StringComparison.Ordinal);
    }
}
