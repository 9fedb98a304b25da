using GrokForge.Admin.Rim;
using GrokForge.Contracts.Keys;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;

namespace GrokForge.Admin.Routing;

/// <summary>Says which token a request would be lent, and why no other: POST /admin/routing/explain. Lends nothing.</summary>
internal static class ExplainEndpoint
{
    public static void MapRouting(this RouteGroupBuilder gated) => gated.MapPost("routing/explain", HandleAsync);

    private static async Task<IResult> HandleAsync(
        HttpContext http, ITokenAdmin tokens, IVirtualKeys keys, CurrentCatalog catalog, CurrentSettings settings, TimeProvider time)
    {
        var (request, error) = await AdminJson.ReadAsync<ExplainRequest>(http, settings.Current.App.BodyLimit);
        if (error is not null)
            return error;
        if (string.IsNullOrWhiteSpace(request!.Model))
            return AdminError.Bad("model_required", "model: name the model, as GET /admin/models lists them.", "model");
        if (catalog.Current.FindCallable(request.Model) is not { } model)
            return ExplainRequest.UnknownModel(request.Model);
        var (keyId, keyError) = request.ReadKey();
        var (affinity, affinityError) = request.ReadAffinity();
        if ((keyError ?? affinityError) is { } fault)
            return fault;
        if (affinity is not null && keyId is null)
            return ExplainRequest.AffinityWithoutKey;

        var key = keyId is { } id ? await FindAsync(keys, id, http.RequestAborted) : null;
        if (keyId is not null && key is null)
            return ExplainRequest.UnknownKey(keyId.Value);

        var mark = affinity is { } known && settings.Current.Token.AffinityTtlSeconds > 0 ? ConversationMark.Of(keyId!.Value, known.Kind, known.Text) : "";
        List<RouteJson> routes = [];
        foreach (var provider in model.Routes)
        {
            // No lease is ever asked for by this id.
            var wish = new BorrowRequest { BorrowId = "explain", Pools = { model.PoolsOn(provider) }, Scope = model.ScopeOn(provider), Units = 1, Affinity = mark };
            routes.Add(RouteJson.From(provider, wish, await tokens.ExplainAsync(wish, http.RequestAborted)));
        }

        var refused = key is null ? null : RefusalOf(key, model.Id, time);
        return AdminJson.Answer(new ExplanationJson(model.Id, refused, refused is null ? routes.Find(r => r.None is null)?.Token : null, routes));
    }

    private static async Task<VirtualKeyView?> FindAsync(IVirtualKeys keys, long id, CancellationToken cancellationToken)
    {
        try
        {
            return await keys.GetAsync(new KeyRef { Id = id }, cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>What does not depend on how much the key was used.</summary>
    private static RefusedKeyJson? RefusalOf(VirtualKeyView key, string model, TimeProvider time)
    {
        if (key.Status != "active")
            return new RefusedKeyJson("invalid_api_key", $"The key is {key.Status}.");
        if (key.ExpiresAt > 0 && key.ExpiresAt <= time.GetUtcNow().ToUnixTimeSeconds())
            return new RefusedKeyJson("invalid_api_key", "The key has expired.");
        return key.ModelWhitelist.Count == 0 || key.ModelWhitelist.Contains(model) ? null : new RefusedKeyJson("model_not_allowed", $"This key may not use the model '{model}'.");
    }
}
