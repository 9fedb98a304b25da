using Google.Protobuf;
using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Keys;
using GrokForge.Gateway.Rim;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Pictures;

/// <summary>The door POST /v1/images/generations: pictures made by models of the official API, always given as bytes.</summary>
internal sealed class PicturesEndpoint(ChatEndpoint door, JsonBodyReader bodies, CurrentSettings settings, CurrentCatalog catalog)
{
    public const string Path = "/v1/images/generations";

    public Task HandleAsync(HttpContext context) => door.HandleAsync(context, Path, TakeAsync);

    private async Task<(ChatWork? Work, OpenAIError? Error)> TakeAsync(HttpContext context, ChatTally tally, CancellationToken cancellationToken)
    {
        var app = settings.Current.App;
        var (body, error) = await bodies.ReadAsync(context, app.BodyLimit, cancellationToken);
        if (body is null)
            return (null, error);

        using (body)
        {
            var bytes = PassedBody.Mend(body.Memory).Span;
            if (PassedBody.Read(bytes) is not { } passed)
                return (null, NoRequest);
            tally.Model = passed.Model;
            var model = catalog.Current.FindCallable(passed.Model);
            error = Objection(context, passed, model);
            if (error is not null)
                return (null, error);

            var call = ChatTranslation.ToPassedCall(model!, ByteString.CopyFrom(bytes), tally, whole: true);
            call.Door = ChatCall.Types.Door.Images;
            return (new ChatWork(call, Stream: false, IncludeUsage: false, TimeSpan.FromSeconds(app.StreamCommitAfterSeconds)), null);
        }
    }

    private static OpenAIError? Objection(HttpContext context, PassedBody passed, CatalogModel? model) => model switch
    {
        null => ModelErrors.NotFound(passed.Model),
        _ when context.Features.Get<RequestKey>()?.Allows(passed.Model) is false => ModelErrors.NotAllowed(passed.Model),
        { HasOnlyApiRoute: false, Type: ModelType.Chat } => OpenAIError.BadField("model", "invalid_value", "This model makes no pictures."),
        { HasOnlyApiRoute: false } => ModelErrors.NotImplemented(passed.Model),
        _ when !passed.HasPrompt => OpenAIError.BadField("prompt", "missing_prompt", "'prompt' is required, as a string."),
        _ when passed.Stream is true => OpenAIError.BadField("stream", ChatFields.Unsupported, "Pictures are not streamed; leave 'stream' out."),
        _ => null,
    };

    private static OpenAIError NoRequest { get; } =
        new(StatusCodes.Status400BadRequest, JsonFields.InvalidJson, "The body must be a JSON object in UTF-8 with a 'model'.");
}
