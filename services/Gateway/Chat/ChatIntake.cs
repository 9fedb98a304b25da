using Google.Protobuf;
using GrokForge.Contracts.Calls;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Images;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Chat;

/// <summary>Takes a chat request in: body, rules, model, whitelist. What comes out can be asked of an upstream.</summary>
internal sealed class ChatIntake(JsonBodyReader bodies, AttachmentIntake attachments, CurrentSettings settings, CurrentCatalog catalog)
{
    public async Task<(ChatWork? Work, OpenAIError? Error)> TakeAsync(HttpContext context, ChatTally tally, CancellationToken cancellationToken)
    {
        var (body, error) = await bodies.ReadAsync(context, settings.Current.App.ChatBodyLimit, cancellationToken);
        if (body is null)
            return (null, error);

        using (body)
        {
            var bytes = PassedBody.Mend(body.Memory);
            var passed = PassedBody.Read(bytes.Span);
            var model = passed is null ? null : catalog.Current.FindCallable(passed.Model);
            tally.Conversation = ConversationSignal.Of(context, passed, bytes.Span, settings.Current.Token);
            return model is { HasOnlyApiRoute: true, Type: ModelType.Chat }
                ? Pass(passed!, model, bytes.Span, context, tally)
                : await TakeAsync(body, bytes, model is { HasApiRoute: true } ? passed : null, context, tally, cancellationToken);
        }
    }

    /// <summary>Takes a request in that the gateway understands.</summary>
    /// <param name="bytes">What of the body is read.</param>
    /// <param name="passed">Where the model may also be asked of the official API: what is known of the body that it would get; else null.</param>
    private async Task<(ChatWork? Work, OpenAIError? Error)> TakeAsync(
        PooledBytes body, ReadOnlyMemory<byte> bytes, PassedBody? passed, HttpContext context, ChatTally tally, CancellationToken cancellationToken)
    {
        var (request, error) = ChatRequestReader.Read(bytes);
        var model = catalog.Current.FindCallable(request?.Model ?? passed?.Model ?? "");
        // What only the official API can give is asked of it alone.
        if (passed is { HasMessages: true } && (error is { Code: ChatFields.Unsupported } || request is { Choices: > 1 }))
            return Pass(passed, model!, bytes.Span, context, tally);
        if (request is null)
            return (null, error);

        var whole = passed is null ? ByteString.Empty : ByteString.CopyFrom(bytes.Span);
        body.Dispose();
        tally.Model = request.Model;
        if (model is null)
            return (null, ModelErrors.NotFound(request.Model));
        var key = context.Features.Get<RequestKey>();
        if (key?.Allows(request.Model) is false)
            return (null, ModelErrors.NotAllowed(request.Model));
        if (model.Type != ModelType.Chat)
            return (null, ModelErrors.NotImplemented(request.Model));
        if (model.HasOnlyApiRoute)
            return (null, ModelErrors.NeedsMessages);

        (var complete, error) = await ChatAttachments.TakeInAsync(request, attachments, context, cancellationToken);
        if (complete is null)
            return (null, error);

        var app = settings.Current.App;
        var stream = request.Stream ?? app.Stream;
        var call = ChatTranslation.ToCall(complete, model, tally.RequestId, tally.KeyId, whole: !stream);
        call.OpenaiBody = whole;
        call.Affinity = tally.Conversation;
        if (call.CalculateSize() > CallLimits.ChatMessageBytes - Headroom)
            return (null, TooLarge);
        return (new ChatWork(call, stream, request.IncludeUsage, TimeSpan.FromSeconds(app.StreamCommitAfterSeconds))
        {
            Choices = request.Choices,
            Stop = request.Stop.Count > 0 ? new StopSequences(request.Stop) : null,
            MaxTokens = request.MaxTokens,
            PictureTokens = PromptEstimate.PicturesOf(complete),
            Reasoning = ReasoningForms.For(request, key, app),
            Names = request.Names,
        }, null);
    }

    /// <summary>Takes a request in that the official API alone understands.</summary>
    private (ChatWork? Work, OpenAIError? Error) Pass(PassedBody passed, CatalogModel model, ReadOnlySpan<byte> body, HttpContext context, ChatTally tally)
    {
        tally.Model = model.Id;
        if (!passed.HasMessages)
            return (null, ModelErrors.NeedsMessages);
        if (context.Features.Get<RequestKey>()?.Allows(model.Id) is false)
            return (null, ModelErrors.NotAllowed(model.Id));

        var app = settings.Current.App;
        var stream = passed.Stream ?? app.Stream;
        var call = ChatTranslation.ToPassedCall(model, ByteString.CopyFrom(body), tally, whole: !stream);
        call.Affinity = tally.Conversation;
        return (new ChatWork(call, stream, IncludeUsage: false, TimeSpan.FromSeconds(app.StreamCommitAfterSeconds)), null);
    }

    // What the internal call adds around the message.
    private const int Headroom = 64 * 1024;

    private static OpenAIError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "request_too_large", "The request's texts, pictures and files are too large together.");
}

/// <summary>A chat request ready to be asked of an upstream, and how its answer is to be told.</summary>
/// <param name="CommitAfter">How long a stream may stay unopened without an answer byte.</param>
internal sealed record ChatWork(ChatCall Call, bool Stream, bool IncludeUsage, TimeSpan CommitAfter)
{
    /// <summary>How many answers are asked for, each by a call of its own.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>Null: none.</summary>
    public StopSequences? Stop { get; init; }

    /// <summary>Tokens after which each choice is cut, its reasoning included; null: no limit.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The estimated tokens of the prompt's pictures.</summary>
    public int PictureTokens { get; init; }

    /// <summary>What the client calls the fields that an upstream may object to.</summary>
    public ClientNames Names { get; init; } = ClientNames.Usual;

    /// <summary>Where the reasoning is shown.</summary>
    public ReasoningForm Reasoning { get; init; }

    /// <summary>Whether the answer may come as the official API wrote it.</summary>
    public bool MayPass => !Call.OpenaiBody.IsEmpty;

    /// <summary>Whether it can come in no other way: nothing is known of the prompt, and nothing of the answer has to be made here.</summary>
    public bool OnlyPasses => MayPass && Call.Messages.Count == 0;
}

/// <summary>What a client is told about a model it cannot use.</summary>
internal static class ModelErrors
{
    public static OpenAIError NotFound(string model) =>
        new(StatusCodes.Status404NotFound, "model_not_found", $"The model '{Short(model)}' does not exist. GET /v1/models lists those that do.", "model");

    public static OpenAIError NotAllowed(string model) =>
        new(StatusCodes.Status403Forbidden, "model_not_allowed", $"This key may not use the model '{Short(model)}'.", "model");

    public static OpenAIError NotImplemented(string model) =>
        new(StatusCodes.Status501NotImplemented, "not_implemented", $"The model '{Short(model)}' makes images or videos, which this version does not serve yet.", "model", ShouldRetry: false);

    public static OpenAIError NeedsMessages { get; } = OpenAIError.BadField("messages", "invalid_messages", "'messages' must be an array with at least one message.");

    private static string Short(string model) => model.Length <= 100 ? model : model[..100] + "…";
}
