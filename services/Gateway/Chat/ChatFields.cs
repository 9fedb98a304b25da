using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>The rules for the plain fields of a chat request.</summary>
internal static class ChatFields
{
    /// <summary>The code for what this gateway cannot give.</summary>
    public const string Unsupported = "unsupported_parameter";

    /// <summary>The code for what must be there and has no code of its own.</summary>
    public const string Missing = "missing_required_parameter";

    /// <summary>The code for a word that is none of those allowed and has no code of its own.</summary>
    public const string InvalidValue = "invalid_value";

    private const string BelowMin = "integer_below_min_value";
    private const int MostStops = 16;
    private const int MostStopCharacters = 1024;

    private static readonly string[] Efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];
    private static readonly string[] Formats = ["think_tags", "reasoning_content", "both"];

    /// <summary>Fields that are accepted without effect must still be what they say.</summary>
    public static void CheckTypes(JsonFields fields)
    {
        fields.Number("presence_penalty");
        fields.Number("frequency_penalty");
    }

    /// <summary>What no upstream has is refused, as an answer without it would mislead.</summary>
    public static void RefuseWhatCannotBeGiven(JsonFields fields, FirstViolation violation)
    {
        if (fields.Flag("logprobs") is true)
            violation.Add("logprobs", Unsupported, "The upstream tells no log probabilities; leave 'logprobs' out.");
        if (fields.Whole("top_logprobs") > 0)
            violation.Add("top_logprobs", Unsupported, "The upstream tells no log probabilities; leave 'top_logprobs' out.");
        if (fields.Array("modalities") is not { } modalities)
            return;
        var index = 0;
        foreach (var modality in modalities.EnumerateArray())
        {
            if (modality.ValueKind != JsonValueKind.String || !modality.ValueEquals("text"))
            {
                violation.Add($"modalities[{index}]", Unsupported, "Answers are text: 'modalities' may only hold \"text\".");
                return;
            }

            index++;
        }
    }

    public static bool IncludeUsage(JsonFields fields, FirstViolation violation) =>
        fields.Object("stream_options") is { } options && new JsonFields(options, "stream_options", violation).Flag("include_usage") is true;

    public static double? InRange(JsonFields fields, string name, double most, FirstViolation violation)
    {
        var value = fields.Number(name);
        if (value < 0 || value > most)
            violation.Add(name, $"invalid_{name}", $"'{name}' must be between 0 and {most}.");
        return value;
    }

    public static int Choices(JsonFields fields, FirstViolation violation)
    {
        var choices = fields.Whole("n") ?? 1;
        if (choices is < 1 or > ChatRequest.MostChoices)
            violation.Add("n", choices < 1 ? BelowMin : "integer_above_max_value", $"'n' must be between 1 and {ChatRequest.MostChoices}: each choice is a request of its own to the upstream.");
        return choices;
    }

    /// <summary>The most tokens an answer may have; null: no limit. -1 says so too, as clients of local servers are used to.</summary>
    public static int? MaxTokens(JsonFields fields, string name, FirstViolation violation)
    {
        var value = fields.Whole(name);
        if (value is -1)
            return null;
        if (value < 1)
            violation.Add(name, BelowMin, $"'{name}' must be at least 1.");
        return value;
    }

    /// <summary>Empty ones are left out, as some clients send "" for none.</summary>
    public static IReadOnlyList<string> Stop(JsonFields fields, FirstViolation violation)
    {
        switch (fields.Find("stop"))
        {
            case null:
                return [];
            case { ValueKind: JsonValueKind.String } one:
                return OneStop(one, "stop", violation) is { } only ? [only] : [];
            case { ValueKind: JsonValueKind.Array } list:
                return Stops(list, violation);
            default:
                violation.Add("stop", JsonFields.InvalidJson, "'stop' must be a string or an array of strings.");
                return [];
        }
    }

    /// <param name="name">A field of <paramref name="fields"/>, which may be the inside of another.</param>
    public static string? Effort(JsonFields fields, string name, FirstViolation violation) =>
        OneOf(Efforts, fields, name, "invalid_reasoning_effort", violation);

    public static string? ReasoningFormat(JsonFields fields, FirstViolation violation) =>
        OneOf(Formats, fields, "reasoning_format", "invalid_reasoning_format", violation);

    public static string? DeepSearch(JsonFields fields, FirstViolation violation)
    {
        var preset = fields.Text("deepsearch");
        if (preset is not (null or "" or "default" or "deeper"))
            violation.Add("deepsearch", "invalid_deepsearch", "'deepsearch' must be default or deeper.");
        return preset is "" ? null : preset;
    }

    private static string? OneOf(string[] words, JsonFields fields, string name, string code, FirstViolation violation)
    {
        var word = fields.Text(name)?.Trim().ToLowerInvariant();
        if (word is not null && !words.Contains(word))
            violation.Add(fields.PathOf(name), code, $"'{fields.PathOf(name)}' must be one of {string.Join(", ", words)}.");
        return word;
    }

    private static List<string> Stops(JsonElement list, FirstViolation violation)
    {
        var stops = new List<string>();
        var index = 0;
        foreach (var element in list.EnumerateArray())
        {
            if (OneStop(element, $"stop[{index++}]", violation) is { } stop)
                stops.Add(stop);
            if (stops.Count > MostStops)
                violation.Add("stop", "array_above_max_length", $"'stop' may hold at most {MostStops} texts.");
            if (violation.Error is not null)
                return [];
        }

        return stops;
    }

    private static string? OneStop(JsonElement element, string path, FirstViolation violation)
    {
        if (element.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
            violation.Add(path, JsonFields.InvalidJson, $"'{path}' must be a string.");
        var stop = element.ValueKind == JsonValueKind.String ? element.GetString()! : "";
        if (stop.Length > MostStopCharacters)
            violation.Add(path, "string_above_max_length", $"'{path}' may have at most {MostStopCharacters} characters.");
        return stop.Length == 0 ? null : stop;
    }
}
