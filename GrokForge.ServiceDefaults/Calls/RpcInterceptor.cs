using GrokForge.Contracts.Calls;
using GrokForge.ServiceDefaults.Health;
using GrokForge.ServiceDefaults.Stores;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Stands before every RPC: lets in whom <see cref="CallPolicy"/> names, no new work once the process is about to end, and lets no exception's details out.</summary>
internal sealed partial class RpcInterceptor(InternalTokens tokens, StopSignal stop, ILogger<RpcInterceptor> logger) : Interceptor
{
    private const string Bearer = "Bearer ";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(request, context));

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(requestStream, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => WithoutResult(continuation(request, responseStream, context)));

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => WithoutResult(continuation(requestStream, responseStream, context)));

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        await AdmitAsync(context);
        try
        {
            return await call();
        }
        catch (RpcException)
        {
            throw;
        }
        catch (Exception e) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The call was cancelled.", e));
        }
        catch (Exception e) when (DatabaseFault.Is(e))
        {
            // As a broken infrastructure is told: callers ask again. The drivers' words may name hosts and users.
            Log.DatabaseAway(logger, e, context.Method);
            throw new RpcException(new Status(StatusCode.Unavailable, "The service's database does not answer."));
        }
        catch (Exception e)
        {
            // The rim of an RPC: whatever was not expected becomes INTERNAL, and only the log knows the details.
            Log.Failed(logger, e, context.Method);
            throw new RpcException(new Status(StatusCode.Internal, "The service failed. Its log has the details."));
        }
    }

    private async ValueTask AdmitAsync(ServerCallContext context)
    {
        var header = context.RequestHeaders.GetValue("authorization");
        var token = header is not null && header.StartsWith(Bearer, StringComparison.Ordinal) ? header[Bearer.Length..] : null;
        if (await tokens.CallerAsync(token) is not { } caller)
        {
            Log.Unknown(logger, context.Method, context.Peer);
            throw new RpcException(new Status(StatusCode.Unauthenticated, $"The call carries no valid token. Services share {InternalKey.Variable}."));
        }
        if (!CallPolicy.Allows(caller, context.Method))
        {
            Log.Denied(logger, caller, context.Method);
            throw new RpcException(new Status(StatusCode.PermissionDenied, $"{caller} may not call {context.Method}."));
        }
        if (stop.IsDraining && CallPolicy.BeginsWork(context.Method))
            throw new RpcException(new Status(StatusCode.Unavailable, "This replica is stopping and takes no new work."));
    }

    private static async Task<bool> WithoutResult(Task call)
    {
        await call;
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "The call {Method} failed.")]
        public static partial void Failed(ILogger logger, Exception exception, string method);

        [LoggerMessage(4, LogLevel.Warning, "The call {Method} failed: the database is away.")]
        public static partial void DatabaseAway(ILogger logger, Exception exception, string method);

        [LoggerMessage(2, LogLevel.Warning, "A call of {Method} from {Peer} carried no valid token.")]
        public static partial void Unknown(ILogger logger, string method, string peer);

        [LoggerMessage(3, LogLevel.Warning, "{Caller} called {Method} without the right to.")]
        public static partial void Denied(ILogger logger, string caller, string method);
    }
}
