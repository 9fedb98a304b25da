using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
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
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = client.Import(cancellationToken: ending.Token);
        Exception? unread = null;
        var sending = SendAsync();
        try
        {
            while (await NextAsync())
                yield return call.ResponseStream.Current;
        }
        finally
        {
            // However it ended: nobody reads lines on.
            await ending.CancelAsync();
            await sending;
        }

        async Task<bool> NextAsync()
        {
            try
            {
                return await RemoteCall.NextAsync(call.ResponseStream, cancellationToken);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException && Volatile.Read(ref unread) is { } why)
            {
                ExceptionDispatchInfo.Throw(why);
                throw;
            }
        }

        async Task SendAsync()
        {
            try
            {
                await foreach (var line in lines.WithCancellation(ending.Token))
                {
                    if (!await SentAsync(() => call.RequestStream.WriteAsync(line, ending.Token)))
                        return;
                }
                await SentAsync(call.RequestStream.CompleteAsync);
            }
            catch (Exception) when (ending.IsCancellationRequested)
            {
                // Nobody wants the rest.
            }
            catch (Exception e)
            {
                // Lines that cannot be read to their end must end the call: else its results would be waited for in vain.
                Volatile.Write(ref unread, e);
                await ending.CancelAsync();
            }
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

    public Task<ExplainReply> ExplainAsync(BorrowRequest request, CancellationToken cancellationToken) =>
        RemoteCall.UnaryAsync(client.ExplainAsync, request, CallLimits.Admin, cancellationToken);

    /// <summary>A call that has ended takes no more lines; its own end says why.</summary>
    private static async Task<bool> SentAsync(Func<Task> send)
    {
        try
        {
            await send();
            return true;
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            return false;
        }
    }
}
