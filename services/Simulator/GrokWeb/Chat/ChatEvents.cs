using System.Text.Json;
using GrokForge.Simulator.Scripts;

namespace GrokForge.Simulator.GrokWeb.Chat;

/// <summary>The objects of the chat stream, e.g. {"result":{"response":{"token":"Hel","isThinking":false,"messageTag":"final","responseId":"…"}}}</summary>
internal static class ChatEvents
{
    public static readonly WriteEvent Conversation = (json, ids) =>
    {
        json.WriteStartObject();
        json.WriteStartObject("result");
        json.WriteStartObject("conversation");
        json.WriteString("conversationId", ids.Conversation);
        json.WriteString("title", "New conversation");
        json.WriteBoolean("temporary", true);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    };

    public static readonly WriteEvent UserResponse = Response((json, ids) =>
    {
        json.WriteStartObject("userResponse");
        json.WriteString("responseId", ids.UserResponse);
        json.WriteEndObject();
        json.WriteBoolean("isThinking", false);
        json.WriteBoolean("isSoftStop", false);
    });

    public static readonly WriteEvent SoftStop = Response((json, _) =>
    {
        json.WriteString("token", "");
        json.WriteBoolean("isThinking", false);
        json.WriteBoolean("isSoftStop", true);
        json.WriteString("messageTag", "final");
    });

    public static readonly WriteEvent FinalMetadata = Response((json, _) =>
    {
        json.WriteStartObject("finalMetadata");
        json.WriteStartArray("followUpSuggestions");
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static WriteEvent Token(string token, string? tag, bool thinking, string? rollout)
    {
        var quoted = JsonText.Quote(token);
        return Response((json, _) =>
        {
            json.WritePropertyName("token");
            json.WriteRawValue(quoted, skipInputValidation: true);
            json.WriteBoolean("isThinking", thinking);
            json.WriteBoolean("isSoftStop", false);
            if (tag is not null)
            {
                json.WriteString("messageTag", tag);
            }

            if (rollout is not null)
            {
                json.WriteString("rolloutId", rollout);
            }
        });
    }

    public static WriteEvent ToolCard(string tool, string argumentsJson, string? rollout) => Response((json, ids) =>
    {
        var cardId = "card-" + ids.Response[^4..];
        json.WriteString("token", $"<xai:tool_usage_card><xai:tool_usage_card_id>{cardId}</xai:tool_usage_card_id><xai:tool_name>{tool}</xai:tool_name>"
            + $"<xai:tool_args><![CDATA[{argumentsJson}]]></xai:tool_args></xai:tool_usage_card>");
        json.WriteBoolean("isThinking", true);
        json.WriteBoolean("isSoftStop", false);
        json.WriteString("messageTag", "tool_usage_card");
        json.WriteNumber("messageStepId", 0);
        json.WriteString("toolUsageCardId", cardId);
        json.WriteString("toolName", tool);
        if (rollout is not null)
        {
            json.WriteString("rolloutId", rollout);
        }
    });

    public static string RenderTag(string cardId, string cardType, string type) =>
        $"<grok:render card_id=\"{cardId}\" card_type=\"{cardType}\" type=\"{type}\"><argument name=\"citation_id\">0</argument></grok:render>";

    public static WriteEvent WebSearch((string Url, string Title)[] results) => Response((json, _) =>
    {
        json.WriteStartObject("webSearchResults");
        json.WriteStartArray("results");
        foreach (var (url, title) in results)
        {
            json.WriteStartObject();
            json.WriteString("url", url);
            json.WriteString("title", title);
            json.WriteString("preview", "");
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static WriteEvent XSearch((string PostId, string Username, string Text)[] results) => Response((json, _) =>
    {
        json.WriteStartObject("xSearchResults");
        json.WriteStartArray("results");
        foreach (var (postId, username, text) in results)
        {
            json.WriteStartObject();
            json.WriteString("postId", postId);
            json.WriteString("username", username);
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static WriteEvent Card(string cardJson) => Response((json, _) =>
    {
        json.WriteStartObject("cardAttachment");
        json.WriteString("jsonData", cardJson);
        json.WriteEndObject();
    });

    public static WriteEvent Image(string imageId, string path, int progress, bool moderated) => Response((json, _) =>
    {
        json.WriteStartObject("streamingImageGenerationResponse");
        json.WriteString("imageId", imageId);
        json.WriteString("imageUrl", path);
        json.WriteNumber("seq", 0);
        json.WriteNumber("progress", progress);
        json.WriteBoolean("moderated", moderated);
        json.WriteEndObject();
    });

    public static WriteEvent ModelResponse(string message, string[] imageUrls, string[] errors) => Response((json, ids) =>
    {
        json.WriteStartObject("modelResponse");
        json.WriteString("responseId", ids.Response);
        json.WritePropertyName("message");
        json.WriteRawValue(JsonText.Quote(message), skipInputValidation: true);
        json.WriteString("sender", "assistant");
        json.WriteString("parentResponseId", ids.UserResponse);
        WriteStrings(json, "generatedImageUrls", imageUrls);
        WriteStrings(json, "fileAttachments", []);
        WriteStrings(json, "cardAttachmentsJson", []);
        WriteStrings(json, "streamErrors", errors);
        json.WriteEndObject();
    });

    public static WriteEvent Title(string title) => (json, _) =>
    {
        json.WriteStartObject();
        json.WriteStartObject("result");
        json.WriteStartObject("title");
        json.WriteString("newTitle", title);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    };

    public static WriteEvent Error(int code, string message) => (json, _) =>
    {
        json.WriteStartObject();
        WriteError(json, code, message);
        json.WriteEndObject();
    };

    public static WriteEvent ResponseError(int code, string message) => Response((json, _) => WriteError(json, code, message));

    private static void WriteError(Utf8JsonWriter json, int code, string message)
    {
        json.WriteStartObject("error");
        json.WriteNumber("code", code);
        json.WriteString("message", message);
        WriteStrings(json, "details", []);
        json.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static WriteEvent Response(WriteEvent fields) => (json, ids) =>
    {
        json.WriteStartObject();
        json.WriteStartObject("result");
        json.WriteStartObject("response");
        fields(json, ids);
        json.WriteString("responseId", ids.Response);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    };
}
