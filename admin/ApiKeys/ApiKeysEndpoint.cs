using System.Globalization;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Keys;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;

namespace GrokForge.Admin.ApiKeys;

/// <summary>Administers virtual keys over REST.</summary>
internal static class ApiKeysEndpoint
{
    public static void MapApiKeys(this RouteGroupBuilder gated)
    {
        gated.MapGet("apikeys", ListAsync);
        gated.MapPost("apikeys", CreateAsync);
        gated.MapGet("apikeys/stats", CountAsync);
        gated.MapGet("apikeys/{id}", (string id, IVirtualKeys keys, CancellationToken cancellationToken) =>
            WithIdAsync(id, async number => AdminJson.Answer(ApiKeyJson.From(await keys.GetAsync(new KeyRef { Id = number }, cancellationToken)))));
        gated.MapPatch("apikeys/{id}", (string id, HttpContext http, IVirtualKeys keys, CurrentSettings settings, CancellationToken cancellationToken) =>
            WithIdAsync(id, number => ChangeAsync(number, http, keys, settings, cancellationToken)));
        gated.MapDelete("apikeys/{id}", (string id, IVirtualKeys keys, CancellationToken cancellationToken) =>
            WithIdAsync(id, async number =>
            {
                await keys.DeleteAsync(new KeyRef { Id = number }, cancellationToken);
                return Results.NoContent();
            }));
        gated.MapPost("apikeys/{id}/regenerate", (string id, IVirtualKeys keys, CancellationToken cancellationToken) =>
            WithIdAsync(id, async number => AdminJson.Answer(NewApiKeyJson.From(await keys.RegenerateAsync(new KeyRef { Id = number }, cancellationToken)))));
    }

    private static async Task<IResult> ListAsync(HttpContext http, IVirtualKeys keys, CancellationToken cancellationToken)
    {
        var paging = Paging.Of(http.Request.Query);
        var request = new ListKeysRequest { Page = paging.Page, PageSize = paging.Size, Status = http.Request.Query["status"].ToString() };
        var reply = await keys.ListAsync(request, cancellationToken);
        return AdminJson.Answer(paging.Answer(reply.Keys.Select(ApiKeyJson.From), reply.Total));
    }

    private static async Task<IResult> CreateAsync(HttpContext http, IVirtualKeys keys, CurrentSettings settings, CancellationToken cancellationToken)
    {
        var (body, error) = await AdminJson.ReadAsync<ApiKeyRequest>(http, settings.Current.App.BodyLimit);
        if (error is not null)
            return error;
        var (request, fault) = body!.ToCreate();
        return fault ?? AdminJson.Answer(NewApiKeyJson.From(await keys.CreateAsync(request!, cancellationToken)), StatusCodes.Status201Created);
    }

    private static async Task<IResult> ChangeAsync(long id, HttpContext http, IVirtualKeys keys, CurrentSettings settings, CancellationToken cancellationToken)
    {
        var (body, error) = await AdminJson.ReadAsync<ApiKeyRequest>(http, settings.Current.App.BodyLimit);
        if (error is not null)
            return error;
        var (request, fault) = body!.ToUpdate(id);
        return fault ?? AdminJson.Answer(ApiKeyJson.From(await keys.UpdateAsync(request!, cancellationToken)));
    }

    private static async Task<IResult> CountAsync(IVirtualKeys keys, CancellationToken cancellationToken)
    {
        var counts = await keys.CountsAsync(new KeyCountsRequest(), cancellationToken);
        // Being rate-limited is a moment, not a status; the field stays for the seed's clients.
        return AdminJson.Answer(new { counts.Total, counts.Active, counts.Inactive, counts.Expired, RateLimited = 0 });
    }

    private static async Task<IResult> WithIdAsync(string id, Func<long, Task<IResult>> act)
    {
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number <= 0)
            return AdminError.Bad("invalid_id", "The id must be a positive whole number.");

        try
        {
            return await act(number);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return AdminError.Missing("apikey_not_found", $"There is no key {number}.");
        }
    }
}
