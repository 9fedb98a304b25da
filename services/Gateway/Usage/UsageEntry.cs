using GrokForge.ServiceDefaults.Hosting;

namespace GrokForge.Gateway.Usage;

/// <summary>What is remembered of one finished request, however it ended.</summary>
internal sealed record UsageEntry
{
    /// <summary>Unique to this entry.</summary>
    public Guid Id { get; init; } = UniqueId.New();

    public required string RequestId { get; init; }

    /// <summary>0: the request had no key.</summary>
    public long KeyId { get; init; }

    /// <summary>As the client named it, made fit for a database by <see cref="CleanModel"/>; empty where it named none or its request breaks a rule.</summary>
    public string Model { get; init; } = "";

    /// <summary>The path of the door, such as /v1/chat/completions.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Provider that answered; empty where none did.</summary>
    public string Route { get; init; } = "";

    /// <summary>The upstream token that answered or was tried last; 0: none.</summary>
    public long TokenId { get; init; }

    public string Pool { get; init; } = "";

    /// <summary>The HTTP status the client got, or would have got had the answer not begun; 499 where it had gone.</summary>
    public int Status { get; init; }

    /// <summary>One of <see cref="UsageOutcome"/>.</summary>
    public required string Outcome { get; init; }

    public int PromptTokens { get; init; }
    public int CompletionTokens { get; init; }

    /// <summary>Part of the completion tokens.</summary>
    public int ReasoningTokens { get; init; }

    /// <summary>Part of the prompt tokens.</summary>
    public int CachedTokens { get; init; }

    /// <summary>What was remarkable, such as arguments that do not fit their schema; never a text of the conversation.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Whether the counts are the gateway's own estimate.</summary>
    public bool Estimated { get; init; }

    /// <summary>Milliseconds until the first answer byte from the upstream; null: none came.</summary>
    public int? FirstByteMs { get; init; }

    public int DurationMs { get; init; }

    /// <summary>Upstream requests made, as the upstream service told; also where the client left before an answer.</summary>
    public int Attempts { get; init; }

    /// <summary>When the request arrived.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    public const int MaxModelLength = 128;

    /// <summary>Cuts a client's model name to <see cref="MaxModelLength"/> and takes out control characters, which databases refuse.</summary>
    public static string CleanModel(string model)
    {
        if (model.Length <= MaxModelLength && !model.AsSpan().ContainsAnyInRange('\0', '\x1f') && !model.AsSpan().ContainsAnyInRange('\x7f', '\x9f'))
            return model;
        var cut = model.Length <= MaxModelLength ? model.Length : char.IsHighSurrogate(model[MaxModelLength - 1]) ? MaxModelLength - 1 : MaxModelLength;
        return string.Concat(model.Take(cut).Where(c => !char.IsControl(c)));
    }
}

/// <summary>The words for how a request ended.</summary>
internal static class UsageOutcome
{
    public const string Completed = "completed";

    /// <summary>Refused before an upstream was asked.</summary>
    public const string Refused = "refused";

    /// <summary>The upstream, or the way to it, failed before the answer began.</summary>
    public const string Failed = "failed";

    /// <summary>The answer broke after it had begun.</summary>
    public const string BrokenOff = "broken_off";

    /// <summary>The client went away before the answer was complete.</summary>
    public const string ClientGone = "client_gone";
}
