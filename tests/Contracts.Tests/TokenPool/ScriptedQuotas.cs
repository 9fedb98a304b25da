using System.Collections.Concurrent;
using GrokForge.Contracts.Quotas;
using GrokForge.Contracts.Tokens;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>The upstream's windows as a test wants them, and a record of who was asked about; by default it counts nothing.</summary>
internal sealed class ScriptedQuotas : IUpstreamQuotas
{
    private readonly ConcurrentQueue<ReadQuotaRequest> _asked = new();

    public Func<ReadQuotaRequest, Task<ReadQuotaReply>> Answer { get; set; } = _ => Task.FromResult(Refuse(QuotaRefusal.Types.Reason.Unsupported));

    public IReadOnlyList<ReadQuotaRequest> Asked => [.. _asked];

    public Task<ReadQuotaReply> ReadAsync(ReadQuotaRequest request, CancellationToken cancellationToken)
    {
        _asked.Enqueue(request);
        return Answer(request);
    }

    /// <summary>Answers every question alike.</summary>
    public void Say(int remaining, int limit, int wait = 0) => Answer = _ => Task.FromResult(Window(remaining, limit, wait));

    public void Say(QuotaRefusal.Types.Reason reason) => Answer = _ => Task.FromResult(Refuse(reason));

    public static ReadQuotaReply Window(int remaining, int limit, int wait = 0) =>
        new() { Window = new QuotaWindow { Remaining = remaining, Limit = limit, WindowSeconds = 7200, WaitSeconds = wait } };

    public static ReadQuotaReply Refuse(QuotaRefusal.Types.Reason reason) => new() { Refusal = new QuotaRefusal { Reason = reason, Detail = "said so" } };
}
