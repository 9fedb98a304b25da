using System.Runtime.CompilerServices;
using GrokForge.Contracts.Calls;
using Grpc.Core;

namespace GrokForge.Contracts.Tokens;

/// <summary>Administers tokens over gRPC.</summary>
public sealed class RemoteTokenAdmin(TokenAdmin.TokenAdminClient client) : ITokenAdmin
{
    public Task<ListTokensReply> ListAsync(ListTokensRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ListAsync, request, CallLimits.Admin, cancellationToken);

    public Task<TokenView> GetAsync(TokenRef request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.GetAsync, request, CallLimits.Admin, cancellationToken);

    public async IAsyncEnumerable<ImportTokenResult> ImportAsync(
        IAsyncEnumerable<ImportTokenLine> lines, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Lines that cannot be read to their end must end the call: else its results would be waited for in vain.
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.Import(cancellationToken: failed.Token);
        var sending = SendAsync();
        _ = sending.ContinueWith(
            static (_, source) => ((CancellationTokenSource)source!).Cancel(), failed, CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (await NextAsync())
            yield return call.ResponseStream.Current;
        await sending;

        async Task<bool> NextAsync()
        {
            try
            {
                return await RemoteCall.NextAsync(call.ResponseStream, cancellationToken);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException && failed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        async Task SendAsync()
        {
            await foreach (var line in lines.WithCancellation(cancellationToken))
                await call.RequestStream.WriteAsync(line, cancellationToken);
            await call.RequestStream.CompleteAsync();
        }
    }

    public Task<TokenView> UpdateAsync(UpdateTokenRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.UpdateAsync, request, CallLimits.Admin, cancellationToken);

    public Task<DeleteTokenReply> DeleteAsync(TokenRef request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.DeleteAsync, request, CallLimits.Admin, cancellationToken);

    public Task<RefreshTokensReply> RefreshAsync(RefreshTokensRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.RefreshAsync, request, CallLimits.Admin, cancellationToken);

    public async IAsyncEnumerable<RevealedToken> RevealAsync(RevealTokensRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = client.Reveal(request, cancellationToken: cancellationToken);
        while (await RemoteCall.NextAsync(call.ResponseStream, cancellationToken))
            yield return call.ResponseStream.Current;
    }

    public Task<TokenCounts> CountsAsync(TokenCountsRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.CountsAsync, request, CallLimits.Admin, cancellationToken);
}
