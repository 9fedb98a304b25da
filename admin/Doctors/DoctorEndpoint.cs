using GrokForge.Admin.Rim;
using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Admin.Doctors;

/// <summary>Tries a token against its upstream: POST /admin/doctor.</summary>
internal static class DoctorEndpoint
{
    public static void MapDoctor(this RouteGroupBuilder gated) => gated.MapPost("doctor", HandleAsync);

    private static async Task<IResult> HandleAsync(HttpContext http, Doctor doctor, CurrentSettings settings)
    {
        var (request, unreadable) = await AdminJson.ReadAsync<DoctorRequest>(http, settings.Current.App.BodyLimit);
        if (unreadable is not null)
            return unreadable;
        var (report, error) = await doctor.ExamineAsync(request!, http.RequestAborted);
        return error is not null ? error : AdminJson.Answer(report);
    }
}
