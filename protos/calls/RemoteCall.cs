using Grpc.Core;

namespace GrokForge.Contracts.Calls;

/// <summary>What every remote adapter does with a gRPC call: deadline, cancellation in the words of both homes, streams as sequences.</summary>
internal static class RemoteCall
{
    public static async Task<TReply> UnaryAsync<TRequest, TReply>(
        Func<TRequest, CallOptions, AsyncUnaryCall<TReply>> method, TRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            // gRPC counts deadlines on the system clock.
            var deadline = TimeProvider.System.GetUtcNow().UtcDateTime + limit;
            return await method(request, new CallOptions(deadline: deadline, cancellationToken: cancellationToken));
        }
        catch (RpcException e) when (IsOwnCancellation(e, cancellationToken))
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    public static async IAsyncEnumerable<TReply> ReadAllAsync<TReply>(
        AsyncServerStreamingCall<TReply> call, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (call)
        {
            while (await NextAsync(call.ResponseStream, cancellationToken))
                yield return call.ResponseStream.Current;
        }
    }

    public static async Task<bool> NextAsync<TReply>(IAsyncStreamReader<TReply> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken);
        }
        catch (RpcException e) when (IsOwnCancellation(e, cancellationToken))
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
    }

    private static bool IsOwnCancellation(RpcException e, CancellationToken cancellationToken) =>
        e.StatusCode == StatusCode.Cancelled && cancellationToken.IsCancellationRequested;
}
