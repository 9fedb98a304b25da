namespace GrokForge.Contracts.Quotas;

/// <summary>Lists what an upstream offers.</summary>
public interface IUpstreamModels
{
    /// <summary>The upstream's own ids; none where no token could use them now.</summary>
    Task<ListUpstreamModelsReply> ListAsync(ListUpstreamModelsRequest request, CancellationToken cancellationToken);
}
