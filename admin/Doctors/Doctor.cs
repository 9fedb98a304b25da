using GrokForge.Admin.Rim;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Egresses;
using GrokForge.ServiceDefaults.Models;
using GrokForge.ServiceDefaults.Protection;
using GrokForge.ServiceDefaults.Settings;
using Grpc.Core;

namespace GrokForge.Admin.Doctors;

/// <summary>Has a token tried against its upstream and says what is wrong, and what helps.</summary>
internal sealed class Doctor(ITokenAdmin tokens, IUpstreamProbes probes, CurrentSettings settings, CurrentCatalog catalog, SecretProtector protector)
{
    public async Task<(DoctorReport? Report, AdminError? Error)> ExamineAsync(DoctorRequest request, CancellationToken cancellationToken)
    {
        if (request.Model is { Length: > 0 } named && catalog.Current.FindCallable(named) is not { Type: ModelType.Chat })
            return (null, AdminError.Bad("model_not_found", "model: name a chat model, as GET /admin/models lists them.", "model"));
        var token = await ChosenAsync(request.TokenId, cancellationToken);
        if (token is null)
        {
            return request.TokenId is { } id
                ? (null, AdminError.Bad("token_not_found", $"token_id: there is no token {id}.", "token_id"))
                : (new DoctorReport("no_token", "There is no active token to try.", "Import one: grokforge token add, or POST /admin/tokens/batch; or name a token that is not active.", null, Egress, null, []), null);
        }

        var model = request.Chat is false ? "" : request.Model is { Length: > 0 } wished ? wished : UsualModel(token.Pool);
        try
        {
            var reply = await probes.TryAsync(
                new ProbeRequest { TokenId = token.Id, ProtectedSecret = await SecretAsync(token.Id, cancellationToken), Pool = token.Pool, Model = model }, cancellationToken);
            if (reply.Passed.Contains("chat") && token.Pool != Pools.Xai)
                await CountAsync(token.Id, cancellationToken);
            var shown = new TriedTokenJson(token.Id, token.Masked, Pools.SeedName(token.Pool), token.DisplayStatus);
            return (new DoctorReport(reply.Verdict, reply.Message, reply.Remedy, shown, Egress, model.Length == 0 ? null : model, reply.Passed), null);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.InvalidArgument)
        {
            return (null, AdminError.Bad("invalid_model", e.Status.Detail, "model"));
        }
    }

    private string Egress => EgressName.Of(settings.Current.Proxy.BaseProxyUrl, protector);

    private async Task<TokenView?> ChosenAsync(long? id, CancellationToken cancellationToken)
    {
        if (id is null)
            return (await tokens.ListAsync(new ListTokensRequest { Page = 1, PageSize = 1, Status = "active", Sort = "id" }, cancellationToken)).Tokens.FirstOrDefault();
        try
        {
            return await tokens.GetAsync(new TokenRef { Id = id.Value }, cancellationToken);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task<Google.Protobuf.ByteString> SecretAsync(long id, CancellationToken cancellationToken)
    {
        await foreach (var revealed in tokens.RevealAsync(new RevealTokensRequest { Ids = { id } }, cancellationToken))
            return revealed.ProtectedSecret;
        throw new RpcException(new Grpc.Core.Status(StatusCode.NotFound, $"There is no token {id}."));
    }

    /// <summary>The chat was counted upstream, and here by nobody: the windows are read anew as soon as that may be.</summary>
    private async Task CountAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            await tokens.RefreshAsync(new RefreshTokensRequest { Ids = { id } }, cancellationToken);
        }
        catch (RpcException)
        {
            // The next reading sets it right.
        }
    }

    /// <summary>Of the web models that a pool serves, the one it has the most units for; an API key is only asked what costs nothing.</summary>
    private string UsualModel(string pool) =>
        pool == Pools.Xai ? "" : catalog.Current.Models
            .Where(m => m is { Type: ModelType.Chat, Mode: not null, Hidden: false, HasOnlyApiRoute: false } && Pools.FromFloor(m.PoolFloor).Contains(pool))
            .OrderByDescending(m => m.Mode!.DefaultQuota.GetValueOrDefault(pool)).FirstOrDefault()?.Id ?? "";
}
