using System.Globalization;
using System.Text.Json;
using GrokForge.Admin.Rim;
using GrokForge.Contracts.Settings;
using GrokForge.ServiceDefaults.Settings;
using Microsoft.Net.Http.Headers;

namespace GrokForge.Admin.Config;

/// <summary>Shows and saves settings: GET and PUT /admin/config.</summary>
internal static class ConfigEndpoint
{
    private static readonly TimeSpan InForceWithin = TimeSpan.FromSeconds(3);

    public static void MapConfig(this RouteGroupBuilder gated)
    {
        gated.MapGet("config", (HttpContext http, ConfigView view, CurrentSettings settings) => Answer(http, view, settings.Current.OverridesVersion));
        gated.MapPut("config", PutAsync);
    }

    private static async Task<IResult> PutAsync(
        HttpContext http, ConfigChange change, ConfigView view, SettingsInForce inForce, ISettingsStore store)
    {
        var (body, error) = await AdminJson.ReadAsync<JsonDocument>(http, inForce.BodyLimit);
        if (error is not null)
            return error;

        using (body)
        {
            var (request, fault) = change.Read(body!.RootElement, IfMatch(http.Request));
            if (fault is not null)
                return fault;

            var reply = await store.PutAsync(request!, http.RequestAborted);
            await inForce.WaitAsync(reply.Version, InForceWithin, http.RequestAborted);
            return Answer(http, view, reply.Version);
        }
    }

    private static IResult Answer(HttpContext http, ConfigView view, long version)
    {
        version = Math.Max(0, version);
        http.Response.Headers.ETag = string.Create(CultureInfo.InvariantCulture, $"\"{version}\"");
        return AdminJson.Answer(view.Read(version));
    }

    /// <summary>Null where there is none; a tag that is none of ours matches no version.</summary>
    private static long? IfMatch(HttpRequest request)
    {
        var header = request.Headers[HeaderNames.IfMatch].ToString().Trim();
        if (header.Length == 0 || header == "*")
            return null;

        return long.TryParse(header.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : long.MaxValue;
    }
}
