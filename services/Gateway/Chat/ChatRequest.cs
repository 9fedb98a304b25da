using GrokForge.Gateway.Images;

namespace GrokForge.Gateway.Chat;

/// <summary>A chat request in OpenAI's dialect, checked: every rule of the door holds.</summary>
internal sealed record ChatRequest
{
    public required string Model { get; init; }
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Null: not said; app.stream decides.</summary>
    public bool? Stream { get; init; }

    public bool IncludeUsage { get; init; }
    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? MaxTokens { get; init; }
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>How many answers are asked for, 1 to <see cref="MostChoices"/>.</summary>
    public int Choices { get; init; } = 1;

    public const int MostChoices = 4;

    /// <summary>think_tags, reasoning_content, both; null: not said.</summary>
    public string? ReasoningFormat { get; init; }

    /// <summary>none, minimal, low, medium, high, xhigh; null: not said.</summary>
    public string? ReasoningEffort { get; init; }

    /// <summary>default or deeper; null: none.</summary>
    public string? DeepSearch { get; init; }

    /// <summary>A JSON array of nested function tools; null: none.</summary>
    public byte[]? Tools { get; init; }

    /// <summary>JSON: "auto", "none", "required", a named function or allowed_tools; null: not said.</summary>
    public byte[]? ToolChoice { get; init; }

    /// <summary>Whether the upstream is asked for a temporary chat; null: as app.temporary says. So with the two below.</summary>
    public bool? Temporary { get; init; }

    public bool? DisableMemory { get; init; }
    public string? CustomInstruction { get; init; }

    public bool? ParallelToolCalls { get; init; }

    /// <summary>JSON: what the answer's JSON shall be; null: plain text.</summary>
    public byte[]? ResponseFormat { get; init; }

    /// <summary>What its client calls the fields that an upstream may object to.</summary>
    public ClientNames Names { get; init; } = ClientNames.Usual;
}

/// <summary>One message of the conversation.</summary>
/// <param name="Parts">What it says and shows; empty where it has no content.</param>
/// <param name="ToolCalls">The client's JSON array of calls; null: none.</param>
internal sealed record ChatMessage(string Role, IReadOnlyList<ChatPart> Parts, byte[]? ToolCalls, string? ToolCallId, string? Name)
{
    public static ChatMessage Of(string role, string text) => new(role, [new ChatPart(text)], null, null, null);

    public bool IsBlank => Parts.All(p => p.Attachment is null && string.IsNullOrWhiteSpace(p.Text));
}

/// <summary>A part of a message's content: a text, or a picture or file.</summary>
internal sealed record ChatPart(string Text, Attachment? Attachment = null);
