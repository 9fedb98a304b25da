using GrokForge.Contracts.Events;
using GrokForge.ServiceDefaults.Bus;

namespace GrokForge.TokenPool.Quotas;

/// <summary>Has a token that just ran out looked at without waiting for the next turn. The ledger knows what is to be read; a lost message costs a second.</summary>
internal sealed class QuotaExhaustedConsumer(QuotaRefresher refresher) : IEventConsumer<QuotaExhausted>
{
    public Task ConsumeAsync(QuotaExhausted message, CancellationToken cancellationToken)
    {
        refresher.Wake();
        return Task.CompletedTask;
    }
}
