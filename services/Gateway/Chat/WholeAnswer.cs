using System.Buffers;
using System.Text.Json;

namespace GrokForge.Gateway.Chat;

/// <summary>Writes an answer as one JSON object: {"id":…,"object":"chat.completion","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{…}}</summary>
internal static class WholeAnswer
{
    public static void Write(IBufferWriter<byte> output, ChatWork work, ChatTally tally, DateTimeOffset created)
    {
        using var json = new Utf8JsonWriter(output, ChatIds.Json);
        json.WriteStartObject();
        json.WriteString("id", ChatIds.New());
        json.WriteString("object", "chat.completion");
        json.WriteNumber("created", created.ToUnixTimeSeconds());
        json.WriteString("model", work.Call.Model);
        json.WriteStartArray("choices");
        foreach (var choice in tally.Choices)
            WriteChoice(json, choice, work.Reasoning);
        json.WriteEndArray();
        json.WritePropertyName("usage");
        tally.Usage.WriteTo(json);
        AnswerNotes.WriteSources(json, tally.Choices.Select(c => c.Notes));
        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, ChatChoice choice, ReasoningForm form)
    {
        json.WriteStartObject();
        json.WriteNumber("index", choice.Index);
        json.WriteStartObject("message");
        json.WriteString("role", "assistant");
        var thought = choice.Reasoning.Kept;
        var tagged = thought.Length > 0 && form.HasFlag(ReasoningForm.ThinkTags);
        if (tagged)
            json.WriteString("content", (byte[])[.. ThinkTags.Open.Span, .. thought, .. ThinkTags.Close.Span, .. choice.Text.Kept]);
        else if (choice.Calls.Count > 0 && choice.Text.Kept.IsEmpty)
            json.WriteNull("content");
        else
            json.WriteString("content", choice.Text.Kept);
        if (thought.Length > 0 && form.HasFlag(ReasoningForm.ReasoningContent))
            json.WriteString("reasoning_content", thought);
        json.WriteNull("refusal");
        if (choice.Calls.Count > 0)
            choice.Calls.WriteTo(json);
        if (choice.Notes.HasAnnotations)
            choice.Notes.WriteAnnotations(json, tagged ? AnswerNotes.CharactersOf(ThinkTags.Open.Span) + AnswerNotes.CharactersOf(thought) + AnswerNotes.CharactersOf(ThinkTags.Close.Span) : 0);
        json.WriteEndObject();
        json.WriteNull("logprobs");
        json.WriteString("finish_reason", choice.FinishReason);
        json.WriteEndObject();
    }
}
