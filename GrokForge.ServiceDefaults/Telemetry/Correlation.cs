using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace GrokForge.ServiceDefaults.Telemetry;

/// <summary>Gives every request its id: the caller's where it is sane, else one of ours; on the answer, in the logs and on the span.</summary>
internal static class Correlation
{
    public static async Task Invoke(HttpContext context, RequestDelegate next)
    {
        var given = context.Request.Headers[RequestId.Header];
        var id = given.Count == 1 && RequestId.IsSane(given[0]) ? given[0]! : RequestId.New();
        context.TraceIdentifier = id;
        context.Response.Headers[RequestId.Header] = id;
        Activity.Current?.SetTag("grokforge.request_id", id);
        using (RequestId.Use(id))
            await next(context);
    }
}
