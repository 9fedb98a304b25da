using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Gateway.Chat;

/// <summary>Turns a checked chat request into the call that upstreams understand, whatever dialect it came in.</summary>
internal static class ChatTranslation
{
    public static ChatCall ToCall(ChatRequest request, CatalogModel model, string requestId, long keyId, bool whole)
    {
        var call = new ChatCall
        {
            RequestId = requestId,
            KeyId = KeyId(keyId),
            Model = request.Model,
            Whole = whole,
            ReasoningEffort = request.ReasoningEffort ?? "",
            Deepsearch = request.DeepSearch ?? "",
        };
        if (request.Temperature is { } temperature)
            call.Temperature = temperature;
        if (request.TopP is { } topP)
            call.TopP = topP;
        if (request.MaxTokens is { } maxTokens)
            call.MaxTokens = maxTokens;
        if (request.Tools is { } tools)
            call.Tools = UnsafeByteOperations.UnsafeWrap(tools);
        if (request.ToolChoice is { } choice)
            call.ToolChoice = UnsafeByteOperations.UnsafeWrap(choice);
        if (request.Temporary is { } temporary)
            call.Temporary = temporary;
        if (request.DisableMemory is { } disableMemory)
            call.DisableMemory = disableMemory;
        if (request.CustomInstruction is { } instruction)
            call.CustomInstruction = instruction;
        if (request.ParallelToolCalls is { } parallel)
            call.ParallelToolCalls = parallel;
        if (request.ResponseFormat is { } format)
            call.ResponseFormat = UnsafeByteOperations.UnsafeWrap(format);
        call.Stop.AddRange(request.Stop);
        call.Messages.AddRange(request.Messages.Select(ToMessage));
        call.Routes.AddRange(model.Routes.Select(model.RouteOn));
        return call;
    }

    private static Message ToMessage(ChatMessage message)
    {
        var result = new Message { Role = message.Role, ToolCallId = message.ToolCallId ?? "", Name = message.Name ?? "" };
        result.Parts.AddRange(message.Parts.Select(ToPart));
        if (message.ToolCalls is { } calls)
            result.ToolCalls = UnsafeByteOperations.UnsafeWrap(calls);
        return result;
    }

    private static Part ToPart(ChatPart part) => part.Attachment switch
    {
        null => new Part { Text = part.Text },
        { IsImage: true } image => new Part { Image = new Image { Data = UnsafeByteOperations.UnsafeWrap(image.Bytes), ContentType = image.ContentType } },
        var file => new Part { File = new Contracts.Chat.File { Data = UnsafeByteOperations.UnsafeWrap(file.Bytes), ContentType = file.ContentType, Name = file.Name } },
    };

    /// <summary>A call of which the official API gets the body as it is.</summary>
    public static ChatCall ToPassedCall(CatalogModel model, ByteString body, ChatTally tally, bool whole) => new()
    {
        RequestId = tally.RequestId,
        KeyId = KeyId(tally.KeyId),
        Model = model.Id,
        Whole = whole,
        OpenaiBody = body,
        Routes = { model.RouteOn(Pools.Xai) },
    };

    private static string KeyId(long keyId) => keyId == 0 ? "" : keyId.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
