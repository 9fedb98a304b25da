using System.Text.Encodings.Web;
using System.Text.Json;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Keys;
using GrokForge.ServiceDefaults.Models;

namespace GrokForge.Gateway.Models;

/// <summary>The doors GET /v1/models and /v1/models/{id}: what the request's key may use.</summary>
internal static class ModelsEndpoint
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="v1">The group /v1.</param>
    public static IEndpointRouteBuilder MapModels(this IEndpointRouteBuilder v1)
    {
        v1.MapMethods("/models", Methods, static (HttpContext context, CurrentCatalog catalog, OfferedModels offered) =>
            ListAsync(context, catalog.Current, offered, context.RequestAborted));
        v1.MapMethods("/models/{**id}", Methods, static (string id, HttpContext context, CurrentCatalog catalog, OfferedModels offered) =>
            GetAsync(context, catalog.Current, offered, id, context.RequestAborted));
        return v1;
    }

    private static async Task ListAsync(HttpContext context, ModelCatalog catalog, OfferedModels offered, CancellationToken cancellationToken)
    {
        var names = await offered.NamesAsync(cancellationToken);
        await WriteAsync(context, json =>
        {
            var key = context.Features.Get<RequestKey>();
            json.WriteStartObject();
            json.WriteString("object", "list");
            json.WriteStartArray("data");
            foreach (var model in catalog.Models)
            {
                if (!model.Hidden && model.Type == ModelType.Chat && key?.Allows(model.Id) is not false)
                    Write(json, model.Id, TypeName(model.Type));
            }

            foreach (var name in names)
            {
                if (catalog.Find(name) is null && key?.Allows(name) is not false)
                    Write(json, name, ApiTypeName(name));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }, cancellationToken);
    }

    private static async Task GetAsync(HttpContext context, ModelCatalog catalog, OfferedModels offered, string id, CancellationToken cancellationToken)
    {
        // Routing leaves an encoded slash in a path as it is.
        var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var type = catalog.Find(name) is { } model ? TypeName(model.Type) : await OfferedTypeAsync(name, offered, cancellationToken);
        if (type is not null && context.Features.Get<RequestKey>()?.Allows(name) is not false)
            await WriteAsync(context, json => Write(json, name, type), cancellationToken);
        else
            await ModelErrors.NotFound(name).ExecuteAsync(context);
    }

    private static async ValueTask<string?> OfferedTypeAsync(string name, OfferedModels offered, CancellationToken cancellationToken) =>
        ApiModels.Find(name) is not null && (await offered.NamesAsync(cancellationToken)).Contains(name) ? ApiTypeName(name) : null;

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(body, Json))
            write(json);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, cancellationToken);
    }

    private static void Write(Utf8JsonWriter json, string id, string type)
    {
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("object", "model");
        json.WriteNumber("created", ModelCatalog.Created);
        json.WriteString("owned_by", "xai");
        json.WriteString("type", type);
        json.WriteEndObject();
    }

    // The official list does not say it, but its names do.
    private static string ApiTypeName(string name) =>
        name.Contains("image", StringComparison.Ordinal) ? "image" : name.Contains("video", StringComparison.Ordinal) ? "video" : "chat";

    private static string TypeName(ModelType type) => type switch
    {
        ModelType.Chat => "chat",
        ModelType.ImageLite => "image_lite",
        ModelType.ImageWs => "image_ws",
        ModelType.ImageEdit => "image_edit",
        _ => "video",
    };
}
