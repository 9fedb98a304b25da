namespace GrokForge.Contracts.Usage;

/// <summary>Reads usage records, newest first.</summary>
public interface IUsageQueries
{
    Task<ListUsageReply> ListAsync(ListUsageRequest request, CancellationToken cancellationToken);
}
