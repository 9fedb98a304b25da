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
    public static void MapConfig(this RouteGroupBuilder gated)
    {
        gated.MapGet("config", async (HttpContext http, ConfigView view) => await AnswerAsync(http, view));
        gated.MapPut("config", PutAsync);
    }

    private static async Task<IResult> PutAsync(HttpContext http, ConfigChange change, ConfigView view, ISettingsStore store, CurrentSettings settings)
    {
        var (body, error) = await AdminJson.ReadAsync<JsonDocument>(http, settings.Current.App.BodyLimit);
        if (error is not null)
            return error;

        using (body)
        {
            // What a form did not change is told by what is saved now.
            await view.RefreshAsync(http.RequestAborted);
            var (request, fault) = change.Read(body!.RootElement, IfMatch(http.Request));
            if (fault is not null)
                return fault;

            await store.PutAsync(request!, http.RequestAborted);
            return await AnswerAsync(http, view);
        }
    }

    private static async Task<IResult> AnswerAsync(HttpContext http, ConfigView view)
    {
        await view.RefreshAsync(http.RequestAborted);
        var config = view.Read();
        http.Response.Headers.ETag = $"\"{config[ConfigView.Version]}\"";
        return AdminJson.Answer(config);
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
