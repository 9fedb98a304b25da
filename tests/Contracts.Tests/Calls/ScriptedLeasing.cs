using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Telemetry;
using Grpc.Core;

namespace GrokForge.Contracts.Tests.Calls;

/// <summary>What a replica of the scripted token pool does and has seen.</summary>
internal sealed class LeasingScript(string name)
{
    public string Name => name;

    public List<string?> RequestIds { get; } = [];

    public List<string?> TraceIds { get; } = [];

    public Func<ServerCallContext, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Calls => RequestIds.Count;
}

/// <summary>A token pool that grants its own name.</summary>
internal sealed class ScriptedLeasing(LeasingScript script) : TokenLeasing.TokenLeasingBase
{
    public override async Task<BorrowReply> Borrow(BorrowRequest request, ServerCallContext context)
    {
        lock (script)
        {
            script.RequestIds.Add(RequestId.Current);
            script.TraceIds.Add(System.Diagnostics.Activity.Current?.TraceId.ToString());
        }
        await script.Before(context);
        return new BorrowReply { Grant = new Grant { LeaseId = script.Name } };
    }
}
