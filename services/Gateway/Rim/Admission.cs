using GrokForge.ServiceDefaults.Settings;

namespace GrokForge.Gateway.Rim;

/// <summary>Lets requests under /v1 in as long as there is room and the process is not going away.</summary>
internal sealed class Admission(RequestDelegate next, CurrentSettings settings, DrainDeadline drain)
{
    private int _running;

    public async Task InvokeAsync(HttpContext context)
    {
        if (drain.IsDraining)
        {
            context.Response.Headers.Connection = "close";
            await OpenAIError.Unavailable("This gateway is shutting down; another replica or a later try will answer.").ExecuteAsync(context);
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _running) <= settings.Current.App.MaxConcurrentRequests)
                await next(context);
            else
                await OpenAIError.Unavailable("This gateway serves as many requests as app.max_concurrent_requests allows; try again shortly.").ExecuteAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}
