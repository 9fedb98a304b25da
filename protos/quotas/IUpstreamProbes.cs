namespace GrokForge.Contracts.Quotas;

/// <summary>Tries tokens against their upstream.</summary>
public interface IUpstreamProbes
{
    /// <summary>What the upstream makes of one token. INVALID_ARGUMENT where the model cannot be asked with a token of that pool.</summary>
    Task<ProbeReply> TryAsync(ProbeRequest request, CancellationToken cancellationToken);
}
