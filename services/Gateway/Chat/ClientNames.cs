namespace GrokForge.Gateway.Chat;

/// <summary>What a request calls the fields that upstreams name in the words of chat completions.</summary>
/// <param name="Messages">messages, or input.</param>
/// <param name="Format">response_format, or text.format.</param>
/// <param name="Schema">Where in the format its schema stands.</param>
internal sealed record ClientNames(string Messages, string Format, string Schema)
{
    private const string SchemaHere = "response_format.json_schema.schema";

    public static ClientNames Usual { get; } = new("messages", "response_format", SchemaHere);

    /// <summary>The path as the client would write it.</summary>
    public string? Of(string? param) => param switch
    {
        "messages" => Messages,
        "response_format" => Format,
        not null when param.StartsWith(SchemaHere, StringComparison.Ordinal) => Schema + param[SchemaHere.Length..],
        _ => param,
    };
}
