using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;

namespace GrokForge.Admin.Rim;

/// <summary>The rim of /admin: turns what a contract or a store throws into the envelope.</summary>
internal sealed partial class FaultFilter(ILogger<FaultFilter> logger) : IEndpointFilter
{
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(2);

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        try
        {
            return await next(context);
        }
        catch (RpcException e)
        {
            return FromRpc(e);
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            Log.StoreFailed(logger, e);
            return Unavailable("The database does not answer. Try again soon.");
        }
        catch (Exception e) when (e is not OperationCanceledException || !context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            Log.Failed(logger, context.HttpContext.Request.Path, e);
            return AdminError.Internal;
        }
    }

    private AdminError FromRpc(RpcException e)
    {
        switch (e.StatusCode)
        {
            case StatusCode.NotFound:
                return AdminError.Missing("not_found", e.Status.Detail);
            case StatusCode.InvalidArgument or StatusCode.OutOfRange:
                return RpcFaults.BadFields(e);
            case StatusCode.AlreadyExists or StatusCode.Aborted or StatusCode.FailedPrecondition:
                return new AdminError(StatusCodes.Status409Conflict, e.StatusCode == StatusCode.Aborted ? "version_conflict" : "conflict", e.Status.Detail);
            case StatusCode.Unimplemented:
                return AdminError.NotYet("This");
            case StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.ResourceExhausted:
                Log.ServiceAway(logger, e.StatusCode, e);
                return Unavailable("A service behind this request does not answer. Try again soon.");
            default:
                Log.CallFailed(logger, e.StatusCode, e);
                return AdminError.Internal;
        }
    }

    private static AdminError Unavailable(string message) =>
        new(StatusCodes.Status503ServiceUnavailable, "service_unavailable", message, RetryAfter: SoonAgain);

    private static partial class Log
    {
        [LoggerMessage(5201, LogLevel.Error, "An admin request to {Path} failed.")]
        public static partial void Failed(ILogger logger, PathString path, Exception exception);

        [LoggerMessage(5202, LogLevel.Error, "An admin request failed on the database.")]
        public static partial void StoreFailed(ILogger logger, Exception exception);

        [LoggerMessage(5203, LogLevel.Warning, "A service that an admin request needs is away ({Status}).")]
        public static partial void ServiceAway(ILogger logger, StatusCode status, Exception exception);

        [LoggerMessage(5204, LogLevel.Error, "A service refused an admin request ({Status}).")]
        public static partial void CallFailed(ILogger logger, StatusCode status, Exception exception);
    }
}
