using GrokForge.Gateway.Images;
using GrokForge.Gateway.Rim;

namespace GrokForge.Gateway.Chat;

/// <summary>Replaces the pictures and files of a chat request by what was taken in for them.</summary>
internal static class ChatAttachments
{
    public static async Task<(ChatRequest? Request, OpenAIError? Error)> TakeInAsync(ChatRequest request, AttachmentIntake intake, HttpContext context, CancellationToken cancellationToken)
    {
        var given = request.Messages.SelectMany(m => m.Parts).Select(p => p.Attachment).OfType<Attachment>().ToList();
        if (given.Count == 0)
            return (request, null);
        var (taken, error) = await intake.TakeAsync(given, context, cancellationToken);
        if (error is not null)
            return (null, error);

        var next = 0;
        return (request with { Messages = [.. request.Messages.Select(m => m with { Parts = [.. m.Parts.Select(Replace)] })] }, null);

        ChatPart Replace(ChatPart part) => part.Attachment is null ? part : new ChatPart(taken[next].Text ?? "", taken[next++].File);
    }
}
