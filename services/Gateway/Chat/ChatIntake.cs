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
        var app = settings.Current.App;
        var (body, error) = await bodies.ReadAsync(context, app.ChatBodyLimit, cancellationToken);
        if (body is null)
            return (null, error);
        (var request, error) = Read(body);
        if (request is null)
            return (null, error);

        tally.Model = request.Model;
        var model = catalog.Current.Find(request.Model);
        if (model is null)
            return (null, ModelErrors.NotFound(request.Model));
        var key = context.Features.Get<RequestKey>();
        if (key?.Allows(request.Model) is false)
            return (null, ModelErrors.NotAllowed(request.Model));
        if (model.Type != ModelType.Chat)
            return (null, ModelErrors.NotImplemented(request.Model));

        (var complete, error) = await ChatAttachments.TakeInAsync(request, attachments, context, cancellationToken);
        if (complete is null)
            return (null, error);

        var stream = request.Stream ?? app.Stream;
        var call = ChatTranslation.ToCall(complete, model, tally.RequestId, tally.KeyId, whole: !stream);
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

    // What the internal call adds around the message.
    private const int Headroom = 64 * 1024;

    private static OpenAIError TooLarge { get; } = new(StatusCodes.Status413PayloadTooLarge, "request_too_large", "The request's texts, pictures and files are too large together.");

    private static (ChatRequest? Request, OpenAIError? Error) Read(PooledBytes body)
    {
        using (body)
            return ChatRequestReader.Read(body.Memory);
    }
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

    private static string Short(string model) => model.Length <= 100 ? model : model[..100] + "…";
}
