using System.Text;
using GrokForge.Gateway.Chat;

namespace GrokForge.Unit.Tests.Gateway.Chat;

/// <summary>Gives bodies to the reader of chat requests.</summary>
internal static class Bodies
{
    public static ChatRequest Accepted(string body)
    {
        var (request, error) = ChatRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(error);
        return request!;
    }

    public static void Refused(string body, string code, string? param)
    {
        var (request, error) = ChatRequestReader.Read(Encoding.UTF8.GetBytes(body));
        Assert.Null(request);
        Assert.Equal((400, code, param, "invalid_request_error"), (error!.Status, error.Code, error.Param, error.Type));
    }

    public static string? Text(byte[]? json) => json is null ? null : Encoding.UTF8.GetString(json);

    /// <summary>role: text, one line for each message.</summary>
    public static string Told(ChatRequest request) =>
        string.Join('\n', request.Messages.Select(m => $"{m.Role}: {string.Concat(m.Parts.Select(p => p.Attachment is null ? p.Text : $"<{p.Attachment.Path}>"))}{(m.ToolCalls is { } calls ? " " + Text(calls) : "")}{(m.ToolCallId is { } id ? $" ({id})" : "")}"));
}
